"""How is a figure told, and whether it reached its goal?"""


def line(what: str, figure: str, how: str, goal: float, reached: float) -> None:
    word = "reached" if reached <= goal else "missed"
    print(f"  {what:18} {figure}   {how}; goal {goal:g}: {word}", flush=True)
