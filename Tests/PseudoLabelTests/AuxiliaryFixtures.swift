internal import Datasets
internal import Foundation
@testable internal import PseudoLabel
internal import Synchronization
internal import TensorCore

/// What tests of auxiliary supports share.
enum AuxiliaryFixtures {
    static let ring = FewShotClass(id: 1, name: "striped ring")

    static func folder() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("auxiliary-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    /// A grey photo with a red square, its mask beside.
    static func support(x: Int = 8, y: Int = 8, side: Int = 12, height: Int = 40, width: Int = 48, id: String = "photo")
        -> Support
    {
        var photo = RGBImage(height: height, width: width, red: 90, green: 90, blue: 90)
        var mask = BinaryMask(height: height, width: width, values: Array(repeating: false, count: height * width))
        for row in y..<(y + side) {
            for column in x..<(x + side) {
                let pixel = row * width + column
                mask.values[pixel] = true
                photo.pixels.replaceSubrange(3 * pixel..<3 * pixel + 3, with: [220, 30, 40])
            }
        }
        return Support(image: photo, annotation: .mask(mask), id: id)
    }

    static func mask(_ support: Support) -> BinaryMask {
        guard case .mask(let mask) = support.annotation else { preconditionFailure("a support without a mask") }
        return mask
    }

    /// Paints the red square, moved to the right by two pixels for every number but those of `still`; counts and fails on demand.
    final class Squares: AuxiliaryGenerator {
        let made = Mutex<[Int]>([])
        let failing: Set<Int>
        let missing: Set<Int>
        let still: Set<Int>
        let identity: String

        init(failing: Set<Int> = [], missing: Set<Int> = [], still: Set<Int> = [], identity: String = "squares") {
            (self.failing, self.missing, self.still, self.identity) = (failing, missing, still, identity)
        }

        func picture(_ request: AuxiliaryRequest) throws -> RGBImage? {
            if failing.contains(request.index) {
                throw GenerationError(source: "test", found: "nothing", expected: "something", advice: "none")
            }
            if missing.contains(request.index) { return nil }
            made.withLock { $0.append(request.index) }
            let move = still.contains(request.index) ? 0 : 2 * request.index
            return AuxiliaryFixtures.support(x: 8 + move).image
        }
    }

    /// The colours themselves.
    struct Colors: PixelFeatures {
        func features(of photo: RGBImage) -> Tensor { photo.tensor().converted(to: .float32) / 255 - 0.4 }
    }

    /// Knows red, and remembers how many supports it saw.
    final class Red: EpisodicSegmenter {
        let seen = Mutex<[[String]]>([])

        func segment(_ episode: Episode) -> Prediction {
            seen.withLock { $0.append(episode.supports.map(\.id)) }
            let values = (0..<episode.query.height * episode.query.width).map { episode.query.pixels[3 * $0] > 150 }
            return .mask(BinaryMask(height: episode.query.height, width: episode.query.width, values: values))
        }
    }
}
