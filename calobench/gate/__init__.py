"""The gate: has a model become worse, judged from two files of results alone."""

from calobench.gate.escalation import can_escalate, escalate
from calobench.gate.policy import Policy, read_policy
from calobench.gate.verdict import judge, no_baseline, no_comparison

__all__ = [
    "Policy",
    "can_escalate",
    "escalate",
    "judge",
    "no_baseline",
    "no_comparison",
    "read_policy",
]
