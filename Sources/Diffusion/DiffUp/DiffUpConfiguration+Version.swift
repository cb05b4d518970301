internal import SegModels
public import TensorCore

extension DiffUpConfiguration {
    /// 2: priors are objects, query information is a list of names, widths and time scale follow from the rest.
    public static var version: Int { 2 }

    public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {
        guard version < 2 else { return }
        tree["decoder"]?["conditionChannels"] = nil
        tree["decoder"]?["timeScale"] = nil
        if let edges = tree["edges"] {
            tree["information"] = .list(edges == .bool(false) ? [] : [.text("edges")])
            tree["edges"] = nil
        }
    }

    public static var ranges: ConfigurationRanges {
        let own: ConfigurationRanges = ["imageSize": .whole(32...2048)]
        return own.with(UQDDConfiguration.ranges, under: "decoder").with(CosineAffinity.ranges, under: "affinity")
            .with(UAPF.ranges, under: "fusion").with(SupportViews.ranges, under: "views")
            .with(ProcessConfiguration.ranges, under: "process").with(SamplingConfiguration.ranges, under: "sampling")
    }

    public func validateRelations(source: String) throws(ConfigurationError) {
        let family: DenoiserRegistry.Family
        do throws(ConfigurationError) { try decoder.validateRelations(source: source) } catch {
            throw error.under("decoder")
        }
        try ConfigurationError.check(
            (1...64).contains(priors.count), source, "priors", found: priors, expected: "1...64 priors")
        try ConfigurationError.check(
            Set(priors).count == priors.count, source, "priors", found: priors, expected: "different priors")
        try ConfigurationError.check(
            sampling.steps <= process.steps, source, "sampling.steps", found: sampling.steps,
            expected: "at most process.steps (\(process.steps))")
        do {
            _ = try parts()
            family = try DenoiserRegistry.denoisers.member(named: denoiser)
        } catch {
            throw ConfigurationError(source: source, key: "", reason: error.description)
        }
        try family.validate(self, source)
    }
}
