internal import Foundation
internal import TensorCore

/// What to change where weights and description are of different networks.
enum LoadingHint {
    /// Names the network that the weights are of where one is found, and what the description says otherwise.
    static func hint(for report: LoadReport, _ weights: WeightsIndex, _ described: NetworkConfiguration) -> String? {
        let candidates = BackboneFamilies.networks(fitting: weights).map { ($0, differences($0, described)) }
        if let (network, fields) = candidates.min(by: { $0.1.count < $1.1.count }) {
            return "the weights are of \(network), the description differs in \(fields.joined(separator: ", "))"
        }
        guard report.matched.isEmpty && report.mismatched.isEmpty else { return nil }
        return "no name agrees: the weights are of another family, or carry a prefix"
    }

    /// The names of the JSON fields in which two networks differ.
    private static func differences(_ a: NetworkConfiguration, _ b: NetworkConfiguration) -> [String] {
        let (a, b) = (fields(a), fields(b))
        return Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
    }

    private static func fields(_ network: NetworkConfiguration) -> [String: NSObject] {
        let json = Data(network.description.utf8)
        return ((try? JSONSerialization.jsonObject(with: json)) as? [String: NSObject]) ?? [:]
    }
}
