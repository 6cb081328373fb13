"""Write scripts by which schedulers run the shards of an analysis, and then gather the results."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Final

_HOURS: Final = 12


def script_for(scheduler: str, arguments: Sequence[str], out: str, shards: int) -> str:
    """Write a script.

    Args:
        scheduler: one of `SCRIPTS`.
        arguments: of ``videmo analyze``.
        out: folder of the results.
        shards: how many.
    """
    return SCRIPTS[scheduler](shlex.join(arguments), shlex.quote(out), shards)


def _slurm(arguments: str, out: str, shards: int) -> str:
    return f"""\
#!/bin/bash
# {shards} jobs analyse, and one gathers when all of them have ended. Submit them with: bash FILE
# What a job gets is a guess: adapt time, processors and memory. If jobs break off, submit again: they go on.
set -euo pipefail
options=(--time={_HOURS}:00:00 --cpus-per-task=4 --mem=4G)
analyse={shlex.quote(f"videmo analyze {arguments} --shard auto --jobs 4 --quiet")}
array=$(sbatch --parsable --job-name=videmo --array=1-{shards} "${{options[@]}}" --wrap="$analyse")
sbatch --job-name=videmo-gather --dependency="afterany:${{array%%;*}}" --time=1:00:00 --mem=4G \\
  --wrap={shlex.quote(f"videmo gather {out}")}
"""


def _pbs(arguments: str, out: str, shards: int) -> str:
    return f"""\
#!/bin/bash
# {shards} jobs analyse, and one gathers when all of them have ended. Submit them with: bash FILE
# What a job gets is a guess: adapt time, processors and memory. If jobs break off, submit again: they go on.
set -euo pipefail
array=$(qsub -N videmo -J 1-{shards} -l walltime={_HOURS}:00:00 -l select=1:ncpus=4:mem=4gb <<'JOB'
cd "$PBS_O_WORKDIR"
videmo analyze {arguments} --shard "$PBS_ARRAY_INDEX/{shards}" --jobs 4 --quiet
JOB
)
qsub -N videmo-gather -W depend=afterany:"$array" -l walltime=1:00:00 -l select=1:ncpus=1:mem=4gb <<'JOB'
cd "$PBS_O_WORKDIR"
videmo gather {out}
JOB
"""


def _snakemake(arguments: str, out: str, shards: int) -> str:
    analyse = f"videmo analyze {arguments} --shard {{wildcards.shard}}/{shards} --jobs {{threads}} --quiet"
    return f"""\
# {shards} jobs analyse, and one gathers. Run with: snakemake --snakefile FILE --keep-going --jobs 16
# A recording that fails is noted and does not stop the others; the last job names it.
SHARDS = range(1, {shards + 1})

rule all:
    input: ".videmo/gathered"

rule analyse:
    output: touch(".videmo/shard-{{shard}}")
    threads: 4
    resources: mem_mb=4000
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


def _nextflow(arguments: str, out: str, shards: int) -> str:
    return f"""\
// {shards} jobs analyse, and one gathers. Run with: nextflow run FILE
// Paths have to be absolute: each job runs in a folder of its own.
process ANALYSE {{
    cpus 4
    memory '4 GB'
    time '{_HOURS}h'
    input: val shard
    output: val shard
    shell:
    '''
    videmo analyze {_groovy(arguments)} --shard !{{shard}}/{shards} --jobs !{{task.cpus}} --quiet || [ $? -eq 1 ]
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


SCRIPTS: Final[Mapping[str, Callable[[str, str, int], str]]] = {
    "slurm": _slurm,
    "pbs": _pbs,
    "snakemake": _snakemake,
    "nextflow": _nextflow,
}
