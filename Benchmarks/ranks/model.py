"""Predicts the time of a training step from what was measured of computing, bytes and messages. Docs/Cluster.md has the formula."""
import dataclasses
import math

# OpenMPI's btl_tcp_eager_limit: a longer message asks first and goes when the answer is there, three ways in place of one.
EAGER = 64 << 10
# What TCP sends before its first acknowledgement after a pause: ten segments.
FIRST_WINDOW = 10 * 1448
# The carrying thread sleeps between looks at its messages, 50 to 200 microseconds.
LOOK = 100e-6


@dataclasses.dataclass
class Network:
    """Bits a second, seconds one way, and whether TCP carries it."""
    bits: float
    latency: float
    is_tcp: bool = True


@dataclasses.dataclass
class Costs:
    """What was measured, in seconds and bytes."""
    shard: float
    rest: float
    gradient: float
    window: float
    byte: float

    @property
    def buckets(self):
        """Buckets hold an eighth of a small model, a mebibyte of a large one."""
        return max(8, math.ceil(self.gradient / (1 << 20)))


def transfer(costs, ranks, network, share=1.0):
    """Seconds until a share of a gradient is summed: both phases' bytes, ways of messages, the start of TCP."""
    if ranks == 1 or network is None:
        return 0.0
    phase = costs.gradient * share * (ranks - 1) / ranks
    message = costs.gradient / costs.buckets / ranks
    ways = 2 * (3 if message > EAGER else 1)
    seconds = 2 * phase * 8 / network.bits + ways * (network.latency + LOOK)
    if network.is_tcp:
        in_flight = min(2 * phase, network.bits / 8 * 2 * network.latency)
        seconds += 2 * network.latency * math.log2(1 + in_flight / FIRST_WINDOW)
    return seconds


def step(costs, ranks, shards, network, crowding=1.0):
    """Seconds of a step of so many shards; `crowding` is ranks a core where there are more than cores, and no network is this machine's
    memory."""
    compute = crowding * (shards / ranks * costs.shard + costs.rest)
    if ranks == 1:
        return compute
    sent = 2 * costs.gradient * (ranks - 1) / ranks
    exposed = max(transfer(costs, ranks, network) - costs.window, transfer(costs, ranks, network, 1 / costs.buckets))
    return compute + exposed + crowding * sent * costs.byte
