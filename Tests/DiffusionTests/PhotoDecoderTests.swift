internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore
internal import Testing

/// The decoder for photos that comes along.
@Suite("The decoder for photos")
struct PhotoDecoderTests {
    @Test("It is there, small, and works behind any backbone of three levels")
    func loads() throws {
        let url = try #require(ShippedModels.photoDecoder)
        #expect(try Data(contentsOf: url).count <= 10_000_000)
        let checkpoint = try DiffUpCheckpoint(contentsOf: url)
        let model = try checkpoint.model(behind: SmallModel.backbone())
        let photo = RGBImage(height: 40, width: 60, red: 90, green: 120, blue: 30)
        let mask = BinaryMask(height: 40, width: 60, values: (0..<2400).map { $0 % 60 < 20 })
        let found = try model.segment(Episode(query: photo, supports: [Support(image: photo, annotation: .mask(mask))]))
        #expect(found.mask().values.count == 2400)
    }

    @Test("A download is found, the better one first, and nothing else counts")
    func downloads() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let cache = WeightsCache(folder: folder)
        func expectShapes() {
            let found = ModelChoice.forPhotos(in: cache)
            #expect(found.model == .shipped && found.remarks.contains { $0.contains("fss weights download") })
        }
        expectShapes()
        try Data([1]).write(to: folder.appendingPathComponent("other.pth"))
        expectShapes()
        for name in ["resnet18-torchvision", "densenet169-torchvision"] {
            let weights = try #require(PublishedWeights.named(name))
            try Data([1]).write(to: cache.place(of: weights))
            let place = cache.place(of: weights).path
            let found = ModelChoice.forPhotos(in: cache)
            #expect(found.model == .photos(backbone: BackboneChoice(name: weights.backbone, weights: place)))
            #expect(found.remarks.isEmpty)
        }
    }
}
