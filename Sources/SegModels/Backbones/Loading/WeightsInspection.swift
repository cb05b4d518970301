public import Foundation
internal import TensorCore

/// What a weights file holds, and the networks that it fits.
public struct WeightsInspection: Codable, Sendable {
    /// The file.
    public struct File: Codable, Sendable {
        /// Where it lies.
        public var path: String
        /// The digest of its bytes.
        public var sha256: String
    }

    /// One tensor.
    public struct Entry: Codable, Sendable {
        /// Its dotted name.
        public var name: String
        /// Its extents.
        public var shape: [Int]
        /// The type that is stored.
        public var type: String
    }

    /// The file.
    public var file: File
    /// All tensors, sorted by name.
    public var tensors: [Entry]
    /// Numbers in all tensors.
    public var scalars: Int
    /// Tensors by type.
    public var types: [String: Int]
    /// Free text in the file.
    public var metadata: [String: String]
    /// The networks that have exactly these tensors.
    public var networks: [NetworkConfiguration]
    /// Built-in backbones that load them strictly.
    public var fits: [String]
    /// The name in the description that goes with the file; nil where there is none.
    public var described: String?

    /// Looks into a safetensors file.
    ///
    /// - Throws: ``BackboneError`` for a file that cannot be read, and for one that does not fit its own description.
    public init(of url: URL) throws(BackboneError) {
        let state: StateDict
        do throws(CheckpointError) {
            let (loaded, digest) = try Safetensors.loadWithDigest(contentsOf: url)
            (state, file) = (loaded, File(path: url.path, sha256: digest))
        } catch {
            throw .weights(error)
        }
        let index = WeightsIndex(state)
        networks = BackboneFamilies.networks(fitting: index)
        fits = Backbones.names(fitting: index)
        metadata = state.metadata
        tensors = state.names.map { name in
            let type = state.dtype(of: name).map { "\($0)" } ?? ""
            return Entry(name: name, shape: state.shape(of: name).map { Array($0) } ?? [], type: type)
        }
        scalars = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        types = Dictionary(grouping: tensors, by: \.type).mapValues(\.count)
        do throws(BackboneError) {
            described = try Backbones.load(weights: url).description.name
        } catch {
            guard case .missingDescription = error else { throw error }
        }
    }
}
