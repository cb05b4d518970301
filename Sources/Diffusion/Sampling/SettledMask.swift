internal import TensorCore

/// Ends a walk early: the clean mask of a step is judged by the denoiser's quality branch, and where the predicted IoU has moved
/// no more than the tolerance since the step before, the mask has settled and further steps would draw it again.
///
/// Reads one number a step, so it waits for the device where it is on.
struct SettledMask {
    /// Thrown out of a sampler's `onStep` to end any sampler's walk; carries its result.
    struct Reached: Error {
        var clean: Tensor
    }

    private let tolerance: Float
    private var last: Float?

    /// Nil for a tolerance of 0, which is off.
    init?(tolerance: Float) {
        guard tolerance > 0 else { return nil }
        self.tolerance = tolerance
    }

    /// Judges a step's estimate.
    ///
    /// - Throws: ``Reached`` where it has settled.
    mutating func look(_ step: SamplingStep, _ denoiser: some PreparedDenoiser) throws {
        guard let iou = denoiser.quality(of: step.clean)?.iou?.mean().scalar else { return }
        defer { last = iou }
        if let last, abs(iou - last) <= tolerance { throw Reached(clean: step.clean) }
    }
}
