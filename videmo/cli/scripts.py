"""Write scripts by which schedulers run the shards of an analysis, and then gather the results."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Final

_HOURS: Final = 12
_CORES: Final = 4


def script_for(scheduler: str, arguments: Sequence[str], out: str, shards: int, jobs: int | None = None) -> str:
    """Write a script.

    Args:
        scheduler: one of `SCRIPTS`.
        arguments: of ``videmo analyze``.
        out: folder of the results.
        shards: how many.
        jobs: number of worker processes of each, which the arguments say; None where they don't.
    """
    return SCRIPTS[scheduler](shlex.join(arguments), shlex.quote(out), shards, jobs)


def _analyze(arguments: str, shard: str, jobs: int | None, default: object = _CORES) -> str:
    """Return the command of one shard: what the user says comes last, for it may end with paths behind two dashes."""
    of_ours = "" if jobs is not None else f" --jobs {default}"
    return f"videmo analyze --shard {shard}{of_ours} --quiet {arguments}"


def _slurm(arguments: str, out: str, shards: int, jobs: int | None) -> str:
    cores = jobs or _CORES
    return f"""\
#!/bin/bash
# {shards} jobs analyse, and one gathers when all of them have ended. Submit them with: bash FILE
# What a job gets is a guess: adapt time, processors and memory. If jobs break off, submit again: they go on.
set -euo pipefail
options=(--time={_HOURS}:00:00 --cpus-per-task={cores} --mem={cores}G)
analyse={shlex.quote(_analyze(arguments, "auto", jobs))}
array=$(sbatch --parsable --job-name=videmo --array=1-{shards} "${{options[@]}}" --wrap="$analyse")
sbatch --job-name=videmo-gather --dependency="afterany:${{array%%;*}}" --time=1:00:00 --mem=4G \\
  --wrap={shlex.quote(f"videmo gather {out}")}
"""


def _pbs(arguments: str, out: str, shards: int, jobs: int | None) -> str:
    cores = jobs or _CORES
    return f"""\
#!/bin/bash
# {shards} jobs analyse, and one gathers when all of them have ended. Submit them with: bash FILE
# What a job gets is a guess: adapt time, processors and memory. If jobs break off, submit again: they go on.
set -euo pipefail
array=$(qsub -N videmo -J 1-{shards} -l walltime={_HOURS}:00:00 -l select=1:ncpus={cores}:mem={cores}gb <<'JOB'
cd "$PBS_O_WORKDIR"
{_analyze(arguments, f'"$PBS_ARRAY_INDEX/{shards}"', jobs)}
JOB
)
qsub -N videmo-gather -W depend=afterany:"$array" -l walltime=1:00:00 -l select=1:ncpus=1:mem=4gb <<'JOB'
cd "$PBS_O_WORKDIR"
videmo gather {out}
JOB
"""


def _snakemake(arguments: str, out: str, shards: int, jobs: int | None) -> str:
    cores = jobs or _CORES
    analyse = _analyze(arguments, f"{{wildcards.shard}}/{shards}", jobs, "{threads}")
    return f"""\
# {shards} jobs analyse, and one gathers. Run with: snakemake --snakefile FILE --keep-going --jobs 16
# A recording that fails is noted and does not stop the others; the last job names it.
SHARDS = range(1, {shards + 1})

rule all:
    input: ".videmo/gathered"

rule analyse:
    output: touch(".videmo/shard-{{shard}}")
    threads: {cores}
    resources: mem_mb={cores}000
    shell: {_quoted(f"{analyse} || [ $? -eq 1 ]", arguments, out)}

rule gather:
    input: expand(".videmo/shard-{{shard}}", shard=SHARDS)
    output: touch(".videmo/gathered")
    shell: {_quoted(f"videmo gather {out}", arguments, out)}
"""


def _quoted(command: str, arguments: str, out: str) -> str:
    """Spell a command as Snakemake reads it: what is the user's own has its braces doubled."""
    for own in {arguments, out}:
        if "{" in own or "}" in own:
            command = command.replace(own, own.replace("{", "{{").replace("}", "}}"))
    return repr(command)


def _nextflow(arguments: str, out: str, shards: int, jobs: int | None) -> str:
    cores = jobs or _CORES
    return f"""\
// {shards} jobs analyse, and one gathers. Run with: nextflow run FILE
// Paths have to be absolute: each job runs in a folder of its own.
process ANALYSE {{
    cpus {cores}
    memory '{cores} GB'
    time '{_HOURS}h'
    input: val shard
    output: val shard
    shell:
    '''
    {_analyze(_groovy(arguments), f"!{{shard}}/{shards}", jobs, "!{task.cpus}")} || [ $? -eq 1 ]
    '''
}}

process GATHER {{
    memory '4 GB'
    input: val shards
    shell:
    '''
    videmo gather {_groovy(out)}
    '''
}}

workflow {{
    ANALYSE(Channel.of(1..{shards}))
    GATHER(ANALYSE.out.collect())
}}
"""


def _groovy(text: str) -> str:
    """Spell a text as it stands between three single quotes."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


SCRIPTS: Final[Mapping[str, Callable[[str, str, int, int | None], str]]] = {
    "slurm": _slurm,
    "pbs": _pbs,
    "snakemake": _snakemake,
    "nextflow": _nextflow,
}
