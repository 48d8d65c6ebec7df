"""What engines estimate from a recording: pitch, melody, onsets, and how a score lies in time."""
