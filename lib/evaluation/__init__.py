"""From predictions and histories to scores with intervals, and from these to verdicts. Needs no Keras."""
