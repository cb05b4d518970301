/// The schedulers of text-to-image models.
public enum SchedulerKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Denoising diffusion implicit models.
    case ddim
    /// Euler's method.
    case euler
    /// DPM-Solver++ of second order.
    case dpmSolver = "dpm-solver"
    /// DPM-Solver++ of second order with Karras' distribution of noise.
    case dpmSolverKarras = "dpm-solver-karras"
    /// Pseudo numerical methods.
    case pndm
    /// Euler's method for flow matching (Stable Diffusion 3).
    case flowEuler = "flow-euler"
}

/// What decides a scheduler beside the number of its steps: how a model was trained, and how its latents are led.
public struct SchedulerSettings: Sendable, Hashable, Codable {
    /// Which one.
    public var kind: SchedulerKind
    /// Steps of the training.
    public var trainingSteps = 1000
    /// The curve of the training's variances.
    public var curve = LatentSchedule.Curve.scaledLinear
    /// The first variance.
    public var firstVariance = 0.00085
    /// The last variance.
    public var lastVariance = 0.012
    /// What the network answers.
    public var prediction = LatentPrediction.noise
    /// Which timesteps are evaluated.
    public var spacing: LatentSpacing
    /// Is added to the timesteps of ``LatentSpacing/leading``.
    public var offset = 0
    /// Whether the step beyond the first timestep has no noise at all, in place of that of timestep 0.
    public var endsClean = false
    /// The range of the clean latent, nil for any (DDIM).
    public var clipsTo: Float?
    /// Noise that DDIM adds: 0 for none, 1 for DDPM's.
    public var eta: Float = 0
    /// Karras' distribution of noise (Euler, DPM-Solver++).
    public var usesKarras = false
    /// The order of DPM-Solver++: 1 or 2.
    public var order = 2
    /// Whether the last of few steps of DPM-Solver++ is of first order.
    public var lowersLastOrder = true
    /// Whether DPM-Solver++ ends without noise, in place of that of timestep 0.
    public var endsAtZero = true
    /// How far flow matching moves its steps towards noise.
    public var shift: Float = 3

    /// Settings of a scheduler for Stable Diffusion 1.5; those of flow matching for Stable Diffusion 3.
    public init(_ kind: SchedulerKind) {
        self.kind = kind
        switch kind {
        case .ddim, .pndm: (spacing, offset) = (.leading, 1)
        case .euler, .dpmSolver, .flowEuler: spacing = .linspace
        case .dpmSolverKarras: (spacing, usesKarras) = (.linspace, true)
        }
    }

    /// The same model led by another scheduler.
    public func led(by kind: SchedulerKind) -> SchedulerSettings {
        guard kind != self.kind else { return self }
        var settings = SchedulerSettings(kind)
        (settings.trainingSteps, settings.curve, settings.prediction) = (trainingSteps, curve, prediction)
        (settings.firstVariance, settings.lastVariance, settings.shift) = (firstVariance, lastVariance, shift)
        return settings
    }

    /// The variances of the training.
    public var schedule: LatentSchedule {
        LatentSchedule(curve, count: trainingSteps, first: firstVariance, last: lastVariance)
    }

    /// A scheduler for one image.
    ///
    /// - Precondition: between one step and the training steps.
    public func scheduler(steps: Int) -> any LatentScheduler {
        precondition((1...trainingSteps).contains(steps), "SchedulerSettings: 1...\(trainingSteps) steps, found \(steps)")
        switch kind {
        case .ddim: return DDIMLatentScheduler(self, steps: steps)
        case .euler: return EulerLatentScheduler(self, steps: steps)
        case .dpmSolver, .dpmSolverKarras: return DPMSolverLatentScheduler(self, steps: steps)
        case .pndm: return PNDMLatentScheduler(self, steps: steps)
        case .flowEuler: return FlowEulerLatentScheduler(self, steps: steps)
        }
    }

    /// `abar` at a timestep, which may lie before the first one.
    func alpha(at timestep: Int, of schedule: LatentSchedule) -> Double {
        if timestep >= 0 { return schedule.alphasCumulative[min(timestep, schedule.count - 1)] }
        return endsClean ? 1 : schedule.alphasCumulative[0]
    }
}
