# An image that runs videmo as anybody: docker build -t videmo . && docker run --rm videmo doctor
# The libraries that videmo uses bring what they need along; nothing but Python is installed on the system.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY videmo ./videmo
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:${PYTHON}-slim
COPY --from=build /wheels /wheels
RUN python -m pip install --no-cache-dir "$(ls /wheels/videmo-*.whl)[cluster,cloud,export]" \
    && rm -r /wheels \
    && useradd --uid 1000 --create-home videmo
# Apptainer, and Kubernetes if told so, run it as somebody else, who may have no home and can't write into the image.
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib
USER 1000:1000
WORKDIR /data
ENTRYPOINT ["videmo"]
CMD ["--help"]
