"""The demo song: a small piece of pop music made from equations alone.

Every sound is computed with numpy and scipy: no sample, no sound font, no
recording. `score` holds the music, `song` renders it into four stems, and
`render` writes these to files.

Conventions of the package: sounds are float arrays, mono ``(frames,)`` or stereo
``(2, frames)`` with left first, 44 100 frames a second, full scale ±1. Pitches are
MIDI numbers (69 is 440 Hz); score times are beats counted from 0, other times are
seconds. Randomness enters as a `numpy.random.Generator`.
"""
