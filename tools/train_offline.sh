#!/usr/bin/env bash
# Training on a machine without network, one command a stage. Run from the repository's root.
#
#   here:   tools/train_offline.sh pack BANK            makes .pack/ (recordings, soundfont, wheels)
#   there:  tools/train_offline.sh bank [HOURS]         unpacks, then composes bands on all cores
#           tools/train_offline.sh train [MINUTES] [PRESET]    trains, or goes on training
#           tools/train_offline.sh export OUT           the network as ONNX, weights, card and log
#
# Settings by environment: PACK (.pack), WORK (/tmp/partita-train), PYTHON (python3), FONT, and
# INIT (quartet: the weights that ship; a network of other widths needs INIT= , random ones).
set -euo pipefail

PACK="${PACK:-.pack}"
WORK="${WORK:-/tmp/partita-train}"
INIT="${INIT-quartet}"
PYTHON="${PYTHON:-python3}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

# What a Python with torch, numpy, scipy, rich, typer and safetensors still lacks.
WHEELS=(array-api-compat cffi platformdirs pycparser soundfile soxr tinysoundfont)
WITH_NEEDS=(pydantic)

there() {
    mkdir -p "$WORK"
    if compgen -G "$PACK/wheels/*.whl" > /dev/null && [ ! -d "$WORK/site" ]; then
        "$PYTHON" -m pip install -q --no-index --no-deps --target "$WORK/site" "$PACK"/wheels/*.whl
    fi
    # the carried packages come last, so that what the machine has itself is used first
    export PYTHONPATH="$PWD/src${PYTHONPATH:+:$PYTHONPATH}:$WORK/site"
    font=$(compgen -G "$PACK/soundfont.sf*" || true)
    export PARTITA_FLUIDR3_GM="${PARTITA_FLUIDR3_GM:-${font:+$PWD/$font}}"
}

case "${1:-}" in
pack)
    : "${2:?usage: tools/train_offline.sh pack BANK}"
    version="${PYTHON_THERE:-3.12}"
    wheels="$(mktemp -d)"
    trap 'rm -rf "$wheels"' EXIT
    download=("$PYTHON" -m pip download -q --only-binary=:all: --dest "$wheels"
        --python-version "$version" --implementation cp
        --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64
        --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64)
    "${download[@]}" --no-deps "${WHEELS[@]}"
    "${download[@]}" "${WITH_NEEDS[@]}"
    font="${FONT:-/usr/share/sounds/sf3/FluidR3Mono_GM.sf3}"
    [ -f "$font" ] || { echo "no soundfont $font: apt-get install fluidr3mono-gm-soundfont" >&2; exit 1; }
    rm -rf "$PACK/items" "$PACK/wheels"
    "$PYTHON" -m partita.training.pack build "$2" "$PACK" --soundfont "$font" \
        --wheels "$wheels" --limit-mb "${LIMIT_MB:-55}"
    ;;
bank)
    there
    "$PYTHON" -m partita.training.pack unpack "$PACK" "$WORK/bank"
    "$PYTHON" -m partita.training.bank build "$WORK/bank" --hours "${2:-16}" --jobs "$(nproc)"
    ;;
train)
    there
    OMP_NUM_THREADS="$(nproc)" "$PYTHON" -m partita train "${3:-quartet-m-gpu}" \
        --bank "$WORK/bank" --run "$WORK/run" --minutes "${2:-9}" ${INIT:+--init "$INIT"}
    ;;
export)
    there
    mkdir -p "${2:?usage: tools/train_offline.sh export OUT}"
    "$PYTHON" -m partita export "$WORK/run" -o "$2/quartet.onnx"
    cp "$WORK/run/log.jsonl" "$2/"
    ;;
*)
    sed -n '2,10p' "$0"
    exit 2
    ;;
esac
