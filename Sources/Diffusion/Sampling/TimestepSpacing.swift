/// Which of the schedule's timesteps a sampler visits (Lin et al. 2024, "Common diffusion noise schedules").
public enum TimestepSpacing: String, Sendable, Hashable, Codable, CaseIterable {
    /// From the last timestep downward by `T / n`: the first step sees pure noise, the last one a nearly clean mask.
    case trailing
    /// Evenly from the last timestep to 0, both included.
    case linspace

    /// `steps` timesteps of `0 ..< count`, falling.
    public func timesteps(steps: Int, of count: Int) -> [Int] {
        let last = count - 1
        switch self {
        case .trailing: return (0..<steps).map { last - ($0 * count + steps / 2) / steps }
        case .linspace:
            if steps == 1 { return [last] }
            return (0..<steps).map { last - ($0 * last + (steps - 1) / 2) / (steps - 1) }
        }
    }
}
