public import ArgumentParser
public import Diffusion

extension SchedulerKind: ExpressibleByArgument {}
extension LatentPrediction: ExpressibleByArgument {}
