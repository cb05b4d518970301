public import Foundation
internal import TensorCore

/// What a weights file is and holds, and the networks that it fits.
public struct WeightsInspection: Codable, Sendable {
    /// The file.
    public struct File: Codable, Sendable {
        /// Where it lies.
        public var path: String
        /// What it is: a `CheckpointFormat`'s name.
        public var format: String
        /// Bytes, of shards together.
        public var bytes: Int
        /// The digest of its bytes, where it was asked for: the whole file has to be read for it.
        public var sha256: String?
    }

    /// One tensor.
    public struct Entry: Codable, Sendable {
        /// Its dotted name.
        public var name: String
        /// Its extents.
        public var shape: [Int]
        /// The type that it is read as.
        public var type: String
    }

    /// A built-in backbone that loads the file strictly, and the pixels that it would give to it.
    public struct Fit: Codable, Sendable {
        /// The name.
        public var name: String
        /// What the weights are then taken to expect.
        public var preprocessing: Preprocessing
    }

    /// The file.
    public var file: File
    /// What was done to its names: dictionaries that were gone into, beginnings that were taken off, whose names they are.
    public var notes: [String]
    /// All tensors, sorted by name.
    public var tensors: [Entry]
    /// Numbers in all tensors.
    public var scalars: Int
    /// Tensors by type.
    public var types: [String: Int]
    /// Tensors of types that are not read, and the types.
    public var unreadable: [String: String]
    /// Free text in the file.
    public var metadata: [String: String]
    /// The networks that have exactly these tensors.
    public var networks: [NetworkConfiguration]
    /// Built-in backbones that load them strictly.
    public var fits: [String]
    /// The same with the preprocessing that each assumes.
    public var assumptions: [Fit]
    /// The name in the description that goes with the file; nil where there is none.
    public var described: String?
    /// The published file that this one is: by its digest where that is known, else by its name alone.
    public var published: PublishedWeights?

    /// Looks into a file of any format that `Checkpoint` reads. Sizes and names alone are read, unless `digest` asks for more.
    ///
    /// - Throws: ``BackboneError`` for a file that cannot be read, and for one that does not fit its own description.
    public init(of url: URL, digest: Bool = false) throws(BackboneError) {
        let source = try WeightsFile(url)
        let (checkpoint, state) = (source.checkpoint, source.checkpoint.state)
        file = File(
            path: url.path, format: checkpoint.format.rawValue, bytes: checkpoint.byteCount,
            sha256: digest ? try source.sha256() : nil)
        let index = WeightsIndex(state)
        notes = checkpoint.notes
        networks = BackboneFamilies.networks(fitting: index)
        if networks.isEmpty, let (prefix, found) = NamePrefix.networks(in: index) {
            networks = found
            notes.append("the network is under \"\(prefix)\"")
        }
        let found = networks
        let fitting = BackbonePreset.all.map(\.description).filter { found.contains($0.network) }
        fits = fitting.map(\.name)
        assumptions = fitting.map { Fit(name: $0.name, preprocessing: $0.preprocessing) }
        metadata = state.metadata
        unreadable = checkpoint.unreadable
        tensors = state.names.map { name in
            let type = state.dtype(of: name).map { "\($0)" } ?? ""
            return Entry(name: name, shape: state.shape(of: name).map { Array($0) } ?? [], type: type)
        }
        scalars = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        types = Dictionary(grouping: tensors, by: \.type).mapValues(\.count)
        published = PublishedWeights.file(named: url.lastPathComponent, sha256: file.sha256)
        do throws(BackboneError) {
            let description = try source.foundDescription()
            try Backbones.check(source, as: description)
            described = description.name
        } catch {
            guard case .missingDescription = error else { throw error }
        }
    }
}
