public import Datasets
internal import Foundation
public import SegModels
internal import TensorCore

/// Finds edges in a photo.
public protocol EdgeDetector: Sendable {
    /// What decides the edges: equal texts make equal edges.
    var identity: String { get }

    /// How strong the edges are, 0...1, in the size of the photo.
    func edges(of photo: RGBImage) throws -> ScalarMap
}

/// Holistically-nested edge detection, the detector of DifFSS.
public struct HEDEdges: EdgeDetector {
    /// The network.
    public let network: HED
    public let identity: String

    /// Takes a network; its weights are read once for its identity.
    public init(_ network: HED) {
        self.network = network
        identity = "hed \(network.form.rawValue) \(network.contentDigest.prefix(24))"
    }

    public func edges(of photo: RGBImage) -> ScalarMap { withoutGradients { ScalarMap(network(photo.tensor())) } }
}
