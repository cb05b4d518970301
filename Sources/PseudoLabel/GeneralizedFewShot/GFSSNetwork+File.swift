public import Foundation
internal import Datasets
internal import SegModels
public import TensorCore

extension GFSSNetwork {
    /// The key of the configuration (JSON) in a file's metadata.
    private static let configurationKey = "gfss.network"
    /// The key of the format's version.
    private static let formatKey = "gfss.format"
    /// 2 where photos lie on the canvas otherwise than all of them did in files of version 1.
    private var format: Int {
        let canvas = configuration.canvas
        return canvas == PhotoCanvas(side: canvas.side) ? 1 : 2
    }
    private static let formats = 1...2

    /// Writes the network, whole or not at all.
    ///
    /// - Parameter notes: further lines of the metadata, such as what it was trained on.
    /// - Throws: `CheckpointError` where it cannot be written.
    public func save(to url: URL, notes: [String: String] = [:]) throws {
        var state = stateDict()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        state.metadata = notes
        state.metadata[Self.configurationKey] = String(decoding: try encoder.encode(configuration), as: UTF8.self)
        state.metadata[Self.formatKey] = String(format)
        try Safetensors.save(state, to: url)
    }

    /// Reads a network that ``save(to:notes:)`` wrote; its weights can be trained.
    ///
    /// - Throws: `CheckpointError` for a damaged file and tensors that do not fit; ``PseudoLabelError/notANetwork(file:reason:)`` for a
    ///   file of something else; `BackboneError` and `ConfigurationError` for values that make no network.
    public static func load(contentsOf url: URL, precision: Precision = .float32) throws -> GFSSNetwork {
        let state = try Safetensors.load(contentsOf: url)
        guard let found = state.metadata[formatKey], let text = state.metadata[configurationKey] else {
            throw PseudoLabelError.notANetwork(file: url.path, reason: "its metadata lacks \(formatKey) or \(configurationKey)")
        }
        guard Int(found).map(formats.contains) == true else {
            throw PseudoLabelError.notANetwork(file: url.path, reason: "it has format \(found), expected 1 or 2")
        }
        let configuration: Configuration
        do {
            configuration = try JSONDecoder().decode(Configuration.self, from: Data(text.utf8))
        } catch let error as DecodingError {
            let (key, reason) = error.placeAndReason
            throw PseudoLabelError.notANetwork(file: url.path, reason: "its configuration \(key) \(reason)")
        }
        try configuration.check(file: url.path)
        let network = try GFSSNetwork(configuration, ParameterScope(seed: 0), precision: precision)
        try network.load(state)
        return network
    }
}

extension GFSSNetwork.Configuration {
    static let sides = 8...4096

    /// Refuses values that make no network.
    func check(file: String) throws {
        let ids = classes.map(\.id)
        guard Set(ids).count == ids.count, ids.allSatisfy({ (1...Int(Int32.max)).contains($0) }) else {
            throw PseudoLabelError.notANetwork(file: file, reason: "its classes are \(ids), expected different numbers from 1 on")
        }
        guard Self.sides.contains(side) else {
            throw PseudoLabelError.notANetwork(file: file, reason: "its canvas has \(side) pixels, expected \(Self.sides)")
        }
        guard GFSSSettings.canvasMultiples.contains(multiple) else {
            throw PseudoLabelError.notANetwork(
                file: file,
                reason: "photos on its canvas have multiples of \(multiple) pixels, expected \(GFSSSettings.canvasMultiples)")
        }
    }
}
