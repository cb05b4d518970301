public import TensorCore

/// Walks every number of configurations with values that no file should bring.
public enum ConfigurationWalk {
    /// JSON texts that are set in place of a number.
    public static let hostile = [
        "-1", "0", "-0.5", "0.5", "1e18", "-1e18", "1e308", "1e400", "9223372036854775807", "-9223372036854775808",
        "18446744073709551615", "123456789012345678901234567890", "NaN", "inf", "\"NaN\"", "\"inf\"", "\"\"", "true", "null",
        "[]",
        "[-1]", "[0]", "[1e18]", "[\"NaN\"]", "[[1]]", "{}", "{\"a\":1}",
    ]

    /// What is wrong with the ranges of one configuration: a number without a range, or a range without a number.
    ///
    /// - Parameters:
    ///   - samples: values that together have every key.
    ///   - ranges: the declared ones.
    public static func faults(of samples: [any Encodable & Sendable], ranges: ConfigurationRanges) throws -> [String] {
        let trees = try samples.map { try ConfigurationTree(encoding: $0) }
        let uncovered = trees.flatMap { ranges.uncovered(in: $0) }.map { "\($0) has no range" }
        let known = trees.reduce(into: Set<String>()) { $0.formUnion($1.numberKeys) }
        return uncovered + ranges.keys.filter { !known.contains($0) }.map { "\($0) has a range and is no number" }
    }

    /// The tree with the value at a dotted path replaced.
    public static func replacing(_ tree: ConfigurationTree, at path: String, with value: ConfigurationTree) -> ConfigurationTree {
        let keys = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard let key = keys.first else { return value }
        var tree = tree
        tree[key] = keys.count == 1 ? value : replacing(tree[key] ?? .object([:]), at: keys[1], with: value)
        return tree
    }

    /// Sets every hostile value and the ends of every range at every key, and calls `use` with each.
    ///
    /// `use` decodes the tree, which is to throw a `ConfigurationError` that names the key (or one that it is compared with), and
    /// makes what the configuration is for.
    ///
    /// - Returns: how many values were taken and refused, and every refusal that does not name a key.
    public static func walk(
        _ tree: ConfigurationTree, ranges: ConfigurationRanges, use: (ConfigurationTree) throws -> Void
    ) throws -> (taken: Int, refused: Int, faults: [String]) {
        var (taken, refused, faults) = (0, 0, [String]())
        for key in ranges.keys {
            let values = hostile.map { (try? ConfigurationTree(json: $0, source: "")) ?? .text($0) } + (ranges[key]?.ends ?? [])
            for value in values {
                do {
                    try use(replacing(tree, at: key, with: value))
                    taken += 1
                } catch let error as ConfigurationError {
                    refused += 1
                    if error.key.isEmpty { faults.append("\(key) = \(value): \(error)") }
                } catch {
                    faults.append("\(key) = \(value): no configuration error, but \(error)")
                }
            }
        }
        return (taken, refused, faults)
    }
}
