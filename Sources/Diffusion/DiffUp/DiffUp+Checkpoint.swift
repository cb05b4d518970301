public import Foundation
public import SegModels
public import TensorCore

extension DiffUp {
    /// The metadata key of the configuration.
    static let configurationKey = "diffup.configuration"
    /// The metadata key of the file format's version.
    static let formatKey = "diffup.format"
    static let format = "1"

    /// The decoder's weights with the configuration beside them: a whole checkpoint but for the backbone.
    public func stateDict() throws -> StateDict {
        try Self.stateDict(decoder: decoder, configuration: configuration)
    }

    static func stateDict(decoder: UQDD, configuration: DiffUpConfiguration) throws -> StateDict {
        var state = decoder.stateDict().addingPrefix("decoder.")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        state.metadata[configurationKey] = String(decoding: try encoder.encode(configuration), as: UTF8.self)
        state.metadata[formatKey] = format
        return state
    }

    /// Loads a decoder and puts it behind a backbone.
    ///
    /// - Throws: `CheckpointError` for a damaged file, ``DiffUpError/configuration(file:reason:)`` for one of something else.
    public static func load(_ url: URL, backbone: any Backbone) throws -> DiffUp {
        let state = try Safetensors.load(contentsOf: url)
        let configuration = try configuration(of: state)
        let decoder = UQDD(ParameterScope(.loading), configuration.decoder)
        var weights = state.removingPrefix("decoder.")
        weights.source = url.path
        try decoder.load(weights)
        return DiffUp(backbone: backbone, decoder: decoder, configuration: configuration)
    }

    /// The configuration that a checkpoint stores.
    public static func configuration(of state: StateDict) throws -> DiffUpConfiguration {
        guard let found = state.metadata[formatKey], let text = state.metadata[configurationKey] else {
            throw DiffUpError.configuration(
                file: state.source, reason: "its metadata lacks \(formatKey) or \(configurationKey); train one with `fss train`")
        }
        guard found == format else {
            throw DiffUpError.configuration(file: state.source, reason: "format \(found), expected \(format)")
        }
        do {
            let configuration = try JSONDecoder().decode(DiffUpConfiguration.self, from: Data(text.utf8))
            try configuration.validate(file: state.source)
            return configuration
        } catch let error as DecodingError {
            throw DiffUpError.configuration(file: state.source, reason: "its configuration cannot be read: \(error)")
        }
    }
}

extension DiffUpConfiguration {
    /// Refuses values that no model can be built from, before anything is allocated for them.
    public func validate(file: String) throws(DiffUpError) {
        func check(_ condition: Bool, _ reason: @autoclosure () -> String) throws(DiffUpError) {
            if !condition { throw .configuration(file: file, reason: reason()) }
        }
        try check((32...2048).contains(imageSize), "imageSize is \(imageSize), expected 32...2048")
        try check(
            (16...512).contains(decoder.resolution) && decoder.resolution % 4 == 0,
            "decoder.resolution is \(decoder.resolution), expected a multiple of 4 in 16...512")
        try check(
            decoder.channels.count == 3
                && decoder.channels.allSatisfy { (1...4096).contains($0) && $0 % max(decoder.groups, 1) == 0 },
            "decoder.channels is \(decoder.channels), expected three multiples of \(decoder.groups)")
        try check(
            decoder.groups > 0 && decoder.heads > 0 && decoder.channels[2] % decoder.heads == 0,
            "decoder.heads is \(decoder.heads), expected a divisor of \(decoder.channels[2])")
        try check(
            (2...4096).contains(decoder.sinusoid) && (1...8192).contains(decoder.embedding),
            "decoder.embedding or sinusoid is out of range")
        try check(
            decoder.iouChannels.count == 2
                && (decoder.iouChannels + [decoder.errorChannels]).allSatisfy { (1...1024).contains($0) },
            "decoder.iouChannels or errorChannels is out of range")
        try check(
            !priors.isEmpty && (0...64).contains(fusion.fixedCount), "priors are empty or fusion.fixedCount is out of range")
        try check(
            decoder.conditionChannels == [conditionChannels, conditionChannels, conditionChannels],
            "decoder.conditionChannels is \(decoder.conditionChannels), the priors make \(conditionChannels)")
        try check((1...100_000).contains(process.steps), "process.steps is \(process.steps)")
        try check(
            (1...process.steps).contains(sampling.steps) && (1...1000).contains(sampling.ensemble),
            "sampling.steps is \(sampling.steps) of \(process.steps), ensemble \(sampling.ensemble)")
    }
}
