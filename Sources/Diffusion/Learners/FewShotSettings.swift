internal import Foundation
public import TensorCore

/// All that decides a learner's training beside its data: the network and how it is trained, as one JSON file.
public struct FewShotSettings: Sendable {
    /// The network.
    public var network: any FewShotFamily
    /// Its training.
    public var training: FewShotTrainingConfiguration

    /// Settings of a network, trained as its family is where nothing else is said.
    public init(_ network: some FewShotFamily, training: FewShotTrainingConfiguration? = nil) {
        self.network = network
        self.training = training ?? type(of: network).training
    }

    /// The defaults of an architecture.
    ///
    /// - Throws: `UnknownName` with the names of ``FewShotFamilies``.
    public init(architecture: String) throws(UnknownName) {
        self.init(defaults: try FewShotFamilies.families.member(named: architecture))
    }

    private init(defaults family: any FewShotFamily.Type) {
        network = family.init()
        training = family.training
    }

    /// What checkpoints and commands call the network.
    public var architecture: String { type(of: network).architecture }

    /// What tables call it.
    public var title: String { type(of: network).title }

    /// Changes settings by a file's text, then by single keys.
    ///
    /// - Parameters:
    ///   - json: any part of the settings, of any version; nil for none.
    ///   - file: names it in messages.
    ///   - assignments: `key.path=value`, the value being JSON or a bare text.
    /// - Throws: `ConfigurationError` for an unknown key, a value of another type or out of range.
    public func changed(byJSON json: String?, file: String, assignments: [String]) throws(ConfigurationError) -> FewShotSettings {
        var settings = self
        if let json { settings = try settings.changed(by: ConfigurationTree(json: json, source: file), source: file) }
        for assignment in assignments {
            settings = try settings.changed(by: ConfigurationTree(assignment: assignment), source: "--set \(assignment)")
        }
        try settings.validate(source: json == nil ? "--set" : file)
        return settings
    }

    /// The settings with the keys of a tree in place of theirs.
    func changed(by tree: ConfigurationTree, source: String) throws(ConfigurationError) -> FewShotSettings {
        guard case .object(let fields) = tree else {
            throw ConfigurationError(source: source, key: "", reason: "expected an object of network and training")
        }
        var settings = self
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            do throws(ConfigurationError) {
                switch key {
                case "network": settings.network = try settings.network.changed(by: value, source: source)
                case "training":
                    settings.training = try FewShotTrainingConfiguration(value, source: source, base: settings.training)
                case "architecture" where value == .text(architecture): continue
                case "architecture":
                    throw ConfigurationError(source: source, key: "", reason: "expected \"\(architecture)\"")
                default:
                    throw ConfigurationError(
                        source: source, key: "", reason: "found an unknown key, expected architecture, network or training")
                }
            } catch {
                throw error.under(key)
            }
        }
        return settings
    }

    /// Refuses values that no training can be made from.
    ///
    /// - Throws: `ConfigurationError` with the key path, the value found and what was expected.
    public func validate(source: String) throws(ConfigurationError) {
        do throws(ConfigurationError) { try network.validate(source: source) } catch { throw error.under("network") }
        do throws(ConfigurationError) { try training.validate(source: source) } catch { throw error.under("training") }
    }

    /// The settings as indented JSON with their versions, as a file may hold them.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(try tree()), as: UTF8.self)
    }

    private func tree() throws -> ConfigurationTree {
        .object([
            "architecture": .text(architecture), "network": try ConfigurationTree(json: network.json(), source: "network"),
            "training": try ConfigurationTree(json: training.json(), source: "training"),
        ])
    }
}

extension FewShotSettings: Codable {
    /// Reads settings; the architecture says which keys the network has.
    public init(from decoder: any Decoder) throws {
        let tree = try ConfigurationTree(from: decoder)
        guard case .text(let name)? = tree["architecture"] else {
            throw ConfigurationError(
                source: "settings of a learner", key: "architecture",
                reason: "found none, expected one of \(FewShotFamilies.names.joined(separator: ", "))")
        }
        self = try FewShotSettings(architecture: name).changed(by: tree, source: "settings of a learner")
    }

    public func encode(to encoder: any Encoder) throws { try tree().encode(to: encoder) }
}

extension FewShotSettings: Hashable {
    public static func == (a: FewShotSettings, b: FewShotSettings) -> Bool {
        AnyHashable(a.network) == AnyHashable(b.network) && a.training == b.training
    }

    public func hash(into hasher: inout Hasher) {
        network.hash(into: &hasher)
        training.hash(into: &hasher)
    }
}

extension FewShotFamily {
    /// The settings with the keys of a tree in place of theirs.
    fileprivate func changed(by tree: ConfigurationTree, source: String) throws(ConfigurationError) -> any FewShotFamily {
        try Self(tree, source: source, base: self)
    }
}
