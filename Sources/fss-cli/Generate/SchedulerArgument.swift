public import ArgumentParser
public import Diffusion

extension SchedulerKind: ExpressibleByArgument {}
