"""Is this more than usual? One online detector, used by the alerts and by `loa spikes` alike."""

from monitor.spikes.baseline import Baseline, Silence, account_key, topic_key
from monitor.spikes.detector import ALARM, NOTHING, Detector, Judgement

__all__ = ["ALARM", "NOTHING", "Baseline", "Detector", "Judgement", "Silence", "account_key", "topic_key"]
