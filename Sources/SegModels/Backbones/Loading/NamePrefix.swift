internal import TensorCore

/// What the names of a network's tensors begin with in a file that holds more than the network: a whole model around it, or a head.
///
/// The rule: where no tensor has the name of a parameter, the beginning is taken under which all parameters are found, of the right shape;
/// of several the one with the most tensors, then the shortest.
enum NamePrefix {
    private static let deepest = 3
    private static let most = 64
    /// No network has as many tensors.
    private static let mostNames = 20_000

    /// The beginning, its dot included; nil where names begin as they should, and where none leads to the whole network.
    static func find(in file: WeightsIndex, for network: WeightsIndex, _ family: any BackboneFamily.Type) -> String? {
        let own = file.canonical(family.keyMaps)
        if network.names.contains(where: { own[$0] != nil }) { return nil }
        return candidates(in: file, atLeast: network.names.count).first { prefix in
            let part = file.removingPrefix(prefix).canonical(family.keyMaps)
            return network.names.allSatisfy { part[$0] == network[$0] }
        }
    }

    /// The beginnings under which the tensors are exactly those of a network of some family.
    static func networks(in file: WeightsIndex) -> (prefix: String, networks: [NetworkConfiguration])? {
        for prefix in candidates(in: file, atLeast: 2) {
            let networks = BackboneFamilies.networks(fitting: file.removingPrefix(prefix))
            if !networks.isEmpty { return (prefix, networks) }
        }
        return nil
    }

    /// Beginnings of up to three parts that many names have in common.
    private static func candidates(in file: WeightsIndex, atLeast least: Int) -> [String] {
        let names = file.names
        guard names.count <= mostNames else { return [] }
        var counts: [String: Int] = [:]
        for name in names {
            var prefix = ""
            for part in name.split(separator: ".").prefix(deepest) where prefix.utf8.count + part.utf8.count < name.utf8.count {
                prefix += "\(part)."
                counts[prefix, default: 0] += 1
            }
        }
        // Maps may make one tensor of several, or the other way about.
        let enough = counts.filter { $0.value * 4 >= least }
        return Array(enough.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key).prefix(most))
    }
}
