internal import TensorCore

extension SchedulerSettings {
    private static let kinds: [String: SchedulerKind] = [
        "DDIMScheduler": .ddim, "EulerDiscreteScheduler": .euler, "DPMSolverMultistepScheduler": .dpmSolver,
        "PNDMScheduler": .pndm, "FlowMatchEulerDiscreteScheduler": .flowEuler,
    ]

    /// The settings that a `scheduler_config.json` describes.
    init(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        let name = try file.text("_class_name") ?? ""
        guard let kind = Self.kinds[name] else {
            throw .configuration(
                file: file.path, key: "_class_name",
                reason: "found \"\(name)\", expected one of \(Self.kinds.keys.sorted().joined(separator: ", "))")
        }
        self.init(kind)
        trainingSteps = try file.whole("num_train_timesteps", 1000)
        guard (2...100_000).contains(trainingSteps) else {
            throw .configuration(
                file: file.path, key: "num_train_timesteps", reason: "found \(trainingSteps), expected 2...100000")
        }
        if kind == .flowEuler {
            try readFlow(&file)
        } else {
            try readVariances(&file)
            try readOwn(&file)
        }
        try file.finish()
    }

    private mutating func readFlow(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        shift = Float(try file.number("shift", 1))
        guard shift.isFinite, shift > 0 else {
            throw .configuration(file: file.path, key: "shift", reason: "found \(shift), expected more than 0")
        }
        // These matter only for what is refused: shifts that depend on the size.
        file.pass("base_shift", "max_shift", "base_image_seq_len", "max_image_seq_len", "time_shift_type")
    }

    private mutating func readVariances(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        firstVariance = try file.number("beta_start", 0.0001)
        lastVariance = try file.number("beta_end", 0.02)
        for (key, value) in [("beta_start", firstVariance), ("beta_end", lastVariance)] {
            guard value > 0, value < 1 else {
                throw .configuration(file: file.path, key: key, reason: "found \(value), expected more than 0 and less than 1")
            }
        }
        curve = try file.choice("beta_schedule", .linear)
        prediction = try file.choice("prediction_type", .noise)
        let isLeading = kind == .ddim || kind == .pndm
        spacing = try file.choice("timestep_spacing", isLeading ? .leading : .linspace)
        offset = try file.whole("steps_offset", 0)
        guard (0..<trainingSteps).contains(offset) else {
            throw .configuration(file: file.path, key: "steps_offset", reason: "found \(offset), expected 0..<\(trainingSteps)")
        }
        // Only variances of the two curves that are read, and nothing that changes them afterwards.
        try file.require("rescale_betas_zero_snr", .bool(false))
        try file.require("trained_betas", .list([]))
        try file.require("timestep_type", .text("discrete"))
    }

    private mutating func readOwn(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        endsClean = try file.flag("set_alpha_to_one", kind == .ddim)
        let clips = try file.flag("clip_sample", kind == .ddim)
        let range = try file.number("clip_sample_range", 1)
        clipsTo = clips && kind == .ddim ? Float(range) : nil
        try file.require("thresholding", .bool(false))
        file.pass("dynamic_thresholding_ratio", "sample_max_value")
        usesKarras = try file.flag("use_karras_sigmas", false)
        switch kind {
        case .pndm: try file.require("skip_prk_steps", .bool(true))
        case .euler:
            try file.require("interpolation_type", .text("linear"))
            try file.require("final_sigmas_type", .text("zero"))
            try file.require("sigma_min")
            try file.require("sigma_max")
            file.pass("skip_prk_steps")
        case .dpmSolver, .dpmSolverKarras:
            if usesKarras { kind = .dpmSolverKarras }
            try readSolver(&file)
        case .ddim, .flowEuler: file.pass("skip_prk_steps")
        }
    }

    private mutating func readSolver(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        order = try file.whole("solver_order", 2)
        guard order == 1 || order == 2 else {
            throw .configuration(file: file.path, key: "solver_order", reason: "found \(order), expected 1 or 2")
        }
        try file.require("algorithm_type", .text("dpmsolver++"))
        try file.require("solver_type", .text("midpoint"))
        lowersLastOrder = try file.flag("lower_order_final", true)
        enum End: String, CaseIterable {
            case zero
            case smallest = "sigma_min"
        }
        endsAtZero = try file.choice("final_sigmas_type", End.zero) == .zero
        // The reference writes minus infinity, which reads as null.
        try file.require("lambda_min_clipped")
        try file.require("euler_at_final", .bool(false))
        file.pass("flow_shift", "time_shift_type", "skip_prk_steps")
    }
}
