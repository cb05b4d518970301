public import Foundation
public import TensorCore

extension HED {
    /// What the stages of the port to PyTorch are called, and the numbers of their convolutions.
    private static let originalStages: [(name: String, layers: [Int])] = [
        ("One", [0, 2]), ("Two", [1, 3]), ("Thr", [1, 3, 5]), ("Fou", [1, 3, 5]), ("Fiv", [1, 3, 5]),
    ]

    /// The names of the original's files, with the prefix of the files and with that of the program that reads them.
    static let keyMaps: [KeyMap] = ["module", "net"].map { prefix in
        var rules: [KeyMap.Rule] = [.rename("\(prefix)Combine.0.{*}", to: "combine.{*}")]
        for (stage, (name, layers)) in originalStages.enumerated() {
            rules.append(.rename("\(prefix)Score\(name).{*}", to: "block\(stage + 1).projection.{*}"))
            for (index, layer) in layers.enumerated() {
                rules.append(.rename("\(prefix)Vgg\(name).\(layer).{*}", to: "block\(stage + 1).convs.\(index).{*}"))
            }
        }
        return KeyMap(layout: "the original HED", marker: "\(prefix)VggOne.0.weight", rules)
    }

    /// Loads `ControlNetHED.pth` or `network-bsds500.pytorch`; the names tell which it is.
    ///
    /// - Throws: `CheckpointError` for a file that cannot be read, or is of another network.
    public static func load(_ url: URL) throws(CheckpointError) -> HED {
        let state = try Checkpoint(contentsOf: url).state.canonical(keyMaps)
        let channels = (1...5).map { state.shape(of: "block\($0).projection.weight").map { $0.rank == 4 ? $0[1] : 0 } ?? 0 }
        guard channels.allSatisfy({ (1...4096).contains($0) }) else {
            throw .malformed(
                file: url.path, key: nil,
                reason:
                    "found tensors such as \(state.names.first ?? "none"), expected ControlNetHED.pth (block1.convs.0.weight ...) or "
                    + "network-bsds500.pytorch (moduleVggOne.0.weight ...)")
        }
        let network = HED(
            ParameterScope(.loading), state.shape(of: "combine.weight") == nil ? .controlNet : .original, channels: channels)
        try network.load(state, options: [.keepsStoredTypes])
        return network
    }
}
