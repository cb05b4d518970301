"""Predicts the time of a training step from what was measured of computing, bytes and messages. Docs/Cluster.md has the formula."""
import dataclasses
import math

# OpenMPI's btl_tcp_eager_limit: a longer message asks first and goes when the answer is there, three ways in place of one.
EAGER = 64 << 10
# What TCP sends before its first acknowledgement, ten segments, and its shortest timeout beside the round trip, on Linux.
FIRST_WINDOW, SHORTEST_TIMEOUT = 10 * 1448, 0.2
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
    """What was measured, in seconds and bytes: a shard's passes, the rest of a step, a gradient's length, the part of the backward pass
    that hides sums, and what a byte and a message cost the processor of a rank."""
    shard: float
    rest: float
    gradient: float
    window: float
    byte: float = 0.0
    message: float = 0.0

    @property
    def buckets(self):
        """Buckets hold an eighth of a small model, a mebibyte of a large one."""
        return max(8, math.ceil(self.gradient / (1 << 20)))


def transfer(costs, ranks, network, share):
    """Seconds until a share of a gradient is summed: both phases' bytes and ways of messages."""
    phase = costs.gradient * share * (ranks - 1) / ranks
    message = costs.gradient / costs.buckets / ranks
    ways = 2 * (3 if message > EAGER else 1)
    return 2 * phase * 8 / network.bits + ways * (network.latency + LOOK)


def restart(costs, ranks, network, idle):
    """Seconds in which TCP finds its pace again: Linux halves its window for every timeout without traffic, down to the first one, and
    doubles it in every round trip."""
    if not network.is_tcp:
        return 0.0
    trip = 2 * network.latency
    in_flight = min(2 * costs.gradient * (ranks - 1) / ranks, network.bits / 8 * trip)
    return trip * min(math.log2(1 + in_flight / FIRST_WINDOW), idle / (SHORTEST_TIMEOUT + trip))


def step(costs, ranks, shards, network, crowding=1.0):
    """Seconds of a step of so many shards; `crowding` is ranks a core where there are more than cores, and no network is this machine's
    memory."""
    compute = crowding * (shards / ranks * costs.shard + costs.rest)
    if ranks == 1:
        return compute
    exposed = 0.0
    if network:
        whole = transfer(costs, ranks, network, 1) + restart(costs, ranks, network, max(compute - costs.window, 0))
        exposed = max(whole - costs.window, transfer(costs, ranks, network, 1 / costs.buckets))
    sent = 2 * costs.gradient * (ranks - 1) / ranks
    handling = sent * costs.byte + 2 * costs.buckets * (ranks - 1) * costs.message
    return compute + exposed + crowding * handling
