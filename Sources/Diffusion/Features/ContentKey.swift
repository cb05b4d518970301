internal import Datasets
internal import SegModels
internal import Synchronization
internal import TensorCore

/// What a cache or a store finds something by: the digest of everything that decides it, never a name.
struct ContentKey: Sendable, Hashable {
    /// SHA-256, 64 hexadecimal digits.
    let digest: String

    /// The digest of parts in their order; each part is set apart by its length.
    init(_ parts: String...) {
        var hash = SHA256()
        for part in parts {
            let bytes = Array(part.utf8)
            hash.update(Array("\(bytes.count):".utf8))
            hash.update(bytes)
        }
        digest = hash.hexDigest()
    }

    /// The digest of a photo's pixels.
    init(_ image: RGBImage) { digest = Self.digest(of: image.pixels, "\(image.height)x\(image.width) rgb") }

    /// The digest of a mask's pixels.
    init(_ mask: BinaryMask) {
        digest = Self.digest(of: mask.values.map { $0 ? UInt8(1) : 0 }, "\(mask.height)x\(mask.width) mask")
    }

    private static func digest(of bytes: [UInt8], _ shape: String) -> String {
        var hash = SHA256()
        hash.update(Array("\(shape):".utf8))
        hash.update(bytes)
        return hash.hexDigest()
    }
}

/// The digest of a backbone: weights, preprocessing, levels and precision. Computed again after a weight was replaced.
final class BackboneDigest: Sendable {
    private struct Entry: Sendable {
        var storages: [Storage]
        var digest: String
    }

    private let backbone: any Backbone
    private let entry = Mutex<Entry?>(nil)

    init(_ backbone: any Backbone) { self.backbone = backbone }

    var value: String {
        withoutGradients {
            let tensors = backbone.parameters.map(\.value)
            let storages = tensors.map(\.buffer.storage)
            return entry.withLock { entry in
                if let entry, zip(entry.storages, storages).allSatisfy({ $0 === $1 }) { return entry.digest }
                let digest = self.digest(tensors)
                entry = Entry(storages: storages, digest: digest)
                return digest
            }
        }
    }

    private func digest(_ tensors: [Tensor]) -> String {
        var hash = SHA256()
        let levels = backbone.levels.map { "\($0.tap) \($0.channels) \($0.stride)" }.joined(separator: ", ")
        let rule = backbone.preprocessing
        let settings = [
            levels, backbone.precision.rawValue, rule.channelOrder.rawValue, "\(rule.scale) \(rule.mean) \(rule.std)",
        ]
        hash.update(Array(settings.joined(separator: "; ").utf8))
        for (parameter, tensor) in zip(backbone.parameters, tensors) {
            hash.update(Array("\(parameter.path) \(tensor.shape) \(tensor.dtype)".utf8))
            tensor.withHostBytes { hash.update($0) }
        }
        return hash.hexDigest()
    }
}
