/// The offset `s_t` of equation 13, determined by the condition, as ShiftDDPMs construct it (AAAI 2023): the marginal is
/// `x_t = sqrt(abar_t) x_0 + k_t E + sqrt(1 - abar_t) eps` with `E` the prior mean in [-1, 1], and
/// `s_t = k_t E - sqrt(alpha_t) k_{t-1} E`.
public enum ConditionShift: String, Sendable, Hashable, Codable, CaseIterable {
    /// `s_t = 0`: the plain conditional process.
    case none
    /// `k_t = 1 - sqrt(abar_t)`: sampling starts around the prior.
    case prior
    /// `k_t = sqrt(abar_t) * (1 - sqrt(abar_t))`: largest midway.
    case quadratic

    /// `k_t`, the weight of `E` in the marginal.
    public func weight(_ schedule: NoiseSchedule, at t: Int) -> Float {
        let signal = schedule.alphasCumulative[t].squareRoot()
        switch self {
        case .none: return 0
        case .prior: return Float(1 - signal)
        case .quadratic: return Float(signal * (1 - signal))
        }
    }

    /// The factor of `E` in `s_t`.
    public func offset(_ schedule: NoiseSchedule, at t: Int) -> Float {
        let alpha = 1 - schedule.betas[t]
        let before = t == 0 ? 0 : weight(schedule, at: t - 1)
        return weight(schedule, at: t) - Float(alpha.squareRoot()) * before
    }
}
