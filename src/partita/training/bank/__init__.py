"""The training bank of the default model: licensed sounds, made and stored as int16 stems."""
