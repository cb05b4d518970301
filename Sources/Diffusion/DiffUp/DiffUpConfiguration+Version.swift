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

    public func validate(source: String) throws(ConfigurationError) {
        func check(_ condition: Bool, _ key: String, _ found: Any, _ expected: String) throws(ConfigurationError) {
            if !condition {
                throw ConfigurationError(source: source, key: key, reason: "found \(found), expected \(expected)")
            }
        }
        let (coarsest, channels) = (1 << (decoder.channels.count - 1), decoder.channels)
        try check((32...2048).contains(imageSize), "imageSize", imageSize, "32...2048")
        try check((1...6).contains(channels.count), "decoder.channels", channels, "one to six levels")
        try check(
            (8...512).contains(decoder.resolution) && decoder.resolution % coarsest == 0, "decoder.resolution",
            decoder.resolution, "a multiple of \(coarsest) in 8...512")
        try check(decoder.groups > 0 && decoder.groups <= 4096, "decoder.groups", decoder.groups, "1...4096")
        try check(
            channels.allSatisfy { (1...4096).contains($0) && $0 % decoder.groups == 0 }, "decoder.channels", channels,
            "multiples of decoder.groups (\(decoder.groups)) up to 4096")
        let deepest = channels[channels.count - 1]
        try check(
            decoder.heads > 0 && deepest % decoder.heads == 0, "decoder.heads", decoder.heads, "a divisor of \(deepest)")
        try check((2...4096).contains(decoder.sinusoid), "decoder.sinusoid", decoder.sinusoid, "2...4096")
        try check((1...8192).contains(decoder.embedding), "decoder.embedding", decoder.embedding, "1...8192")
        try check(
            decoder.iouChannels.count == 2 && decoder.iouChannels.allSatisfy { (1...1024).contains($0) },
            "decoder.iouChannels", decoder.iouChannels, "two numbers of 1...1024")
        try check((1...1024).contains(decoder.errorChannels), "decoder.errorChannels", decoder.errorChannels, "1...1024")
        try check((1...64).contains(priors.count), "priors", priors, "1...64 priors")
        try check(Set(priors).count == priors.count, "priors", priors, "different priors")
        try check((0...64).contains(fusion.fixedCount), "fusion.fixedCount", fusion.fixedCount, "0...64")
        try check(affinity.power > 0 && affinity.power <= 64, "affinity.power", affinity.power, "above 0, at most 64")
        try check(
            views.cropScales.count <= 16 && views.cropScales.allSatisfy { $0 >= 0.1 && $0 <= 100 }, "views.cropScales",
            views.cropScales, "up to 16 numbers of 0.1...100")
        try check((1...100_000).contains(process.steps), "process.steps", process.steps, "1...100000")
        try check(
            (1...process.steps).contains(sampling.steps), "sampling.steps", sampling.steps, "1...process.steps (\(process.steps))"
        )
        try check((1...1000).contains(sampling.ensemble), "sampling.ensemble", sampling.ensemble, "1...1000")
        try check(sampling.eta >= 0 && sampling.eta <= 1, "sampling.eta", sampling.eta, "0...1")
        do {
            _ = try parts()
        } catch {
            throw ConfigurationError(source: source, key: "", reason: error.description)
        }
    }
}
