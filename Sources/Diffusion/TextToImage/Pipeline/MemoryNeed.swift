internal import Foundation
internal import SegModels
public import TensorCore

/// The memory that a picture takes, by what is in memory at once; estimates.
public struct MemoryNeed: Sendable, Hashable, Codable {
    /// Bytes while the prompt is encoded by networks that are let go of before the denoiser begins.
    public var encoding: Int
    /// Bytes while noise is taken off.
    public var denoising: Int
    /// Bytes while the latent becomes a picture.
    public var decoding: Int

    /// Bytes at the most.
    public var peak: Int { max(encoding, denoising, decoding) }
}

extension TextToImage {
    /// What a picture of a size takes: weights and their form for the kernels, and what each stage holds beside them.
    ///
    /// - Parameters:
    ///   - size: of the picture.
    ///   - tiling: of the autoencoder; nil for its own choice.
    ///   - precision: the type of activations; nil for the model's.
    public func memoryNeed(_ size: Size2D, tiling: LatentTiling? = nil, precision: Precision? = nil) -> MemoryNeed {
        let activations = (precision ?? self.precision).activations.byteCount
        let latent = latentSize(size)
        let resident = weightBytes + weightCount * activations
        // Two latents for guidance.
        let denoiser =
            2 * activations * self.denoiser.activationCount(latent) * (1 + controlNets.count + transformerControlNets.count)
        let whole = autoencoderBytes(size)
        let tile = tiling ?? (whole > Self.automaticTilingBytes ? LatentTiling() : nil)
        let decoder = tile.map { min(autoencoderBytes(Size2D($0.side)), whole) } ?? whole
        return MemoryNeed(
            encoding: weightBytes + 2 * prompts.passingBytes, denoising: resident + denoiser, decoding: resident + decoder)
    }

    /// Refuses a picture that needs more memory than there is, before anything is computed.
    ///
    /// - Parameters:
    ///   - request: what is to be made.
    ///   - limit: bytes that may be used.
    /// - Throws: ``TextToImageError/request(key:found:expected:)`` that says what it needs, and what would fit.
    public func requireMemory(_ request: TextToImageRequest, limit: Int) throws(TextToImageError) {
        let size = try size(of: request)
        let need = memoryNeed(size, tiling: request.tiling)
        guard need.peak > limit else { return }
        func text(_ bytes: Int) -> String { String(format: "%.1f GiB", Double(bytes) / Double(1 << 30)) }
        let stages =
            "\(text(need.encoding)) for the prompt, \(text(need.denoising)) for the denoiser, \(text(need.decoding)) for the decoder"
        let fits = smallerWays(size, request).filter { $0.need.peak <= limit }.map { "\($0.name) (\(text($0.need.peak)))" }
        let advice = fits.isEmpty ? "nothing smaller of this model fits" : "what would fit: " + fits.joined(separator: ", ")
        throw .request(
            key: "memory", found: "a picture of \(size.width)x\(size.height) that takes about \(text(need.peak)): \(stages)",
            expected: "at most \(text(limit)); \(advice)")
    }

    /// The same picture in tiles, in half precision, and smaller.
    private func smallerWays(_ size: Size2D, _ request: TextToImageRequest) -> [(name: String, need: MemoryNeed)] {
        let tiles = LatentTiling(side: max(256, sideFactor))
        var ways = [("tiles of \(tiles.side) pixels", memoryNeed(size, tiling: tiles))]
        if precision == .float32 {
            ways.append(("bfloat16", memoryNeed(size, tiling: request.tiling, precision: .bfloat16)))
            ways.append(("bfloat16 with these tiles", memoryNeed(size, tiling: tiles, precision: .bfloat16)))
        }
        var smaller = size
        while min(smaller.height, smaller.width) / 2 >= sideFactor, ways.count < 6 {
            smaller = Size2D(
                height: smaller.height / 2 / sideFactor * sideFactor, width: smaller.width / 2 / sideFactor * sideFactor)
            ways.append(("\(smaller.width)x\(smaller.height)", memoryNeed(smaller, tiling: request.tiling)))
        }
        return ways
    }

    /// Numbers in all weights that stay in memory.
    private var weightCount: Int {
        modules.reduce(0) { sum, module in sum + module.parameters.reduce(0) { $0 + $1.shape.elementCount } }
    }
}

/// What the machine has to give.
public enum AvailableMemory {
    /// Bytes that processes may still take without swapping: what Linux calls available, and not more than the limit of the control group
    /// leaves; nil where neither is told.
    public static var bytes: Int? {
        let found = [machine, group].compactMap { $0 }
        return found.min()
    }

    private static var machine: Int? {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }.map { $0 << 10 }
    }

    private static var group: Int? {
        func number(_ name: String) -> Int? {
            (try? String(contentsOfFile: "/sys/fs/cgroup/" + name, encoding: .utf8))
                .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        guard let limit = number("memory.max"), let used = number("memory.current") else { return nil }
        return max(limit - used, 0)
    }
}
