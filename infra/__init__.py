"""CDK only: the stack that puts Pilothouse into an account."""

import os

# jsii greets every synth on a Node past its end of life with eleven lines; we name what we need
# (20 or newer) in the Makefile and keep the terminal for what the user has to read.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20,21,22,23")
