internal import Datasets
internal import TensorCore

/// The images of a dense pretraining in memory, drawn with augmentation.
struct DenseExamples {
    /// An image with a label for each pixel.
    struct Example: Sendable {
        var id: String
        var image: RGBImage
        var labels: ClassMap
    }

    private let examples: [Example]
    private let side: Int

    /// Loads all images at `side` by `side` pixels.
    nonisolated(nonsending) init(dataset: any FewShotDataset, side: Int) async throws {
        self.side = side
        let ids = Set(dataset.items.map(\.id)).sorted()
        let loaded = PrefetchSequence(count: ids.count) { place in
            Example(
                id: ids[place], image: try dataset.image(ids[place]).resized(height: side, width: side, filter: .bilinear),
                labels: try dataset.classMap(of: ids[place]).resized(height: side, width: side))
        }
        var examples: [Example] = []
        for try await example in loaded { examples.append(try example.get()) }
        self.examples = examples
    }

    /// A random example, cropped, mirrored, with colours shifted.
    func augmented(_ random: inout TorchRandom) -> Example {
        let example = examples[random.integer(below: examples.count)]
        let crop = side / 2 + random.integer(below: side / 2 + 1)
        let (x, y) = (random.integer(below: side - crop + 1), random.integer(below: side - crop + 1))
        var image = example.image.cropped(y: y, x: x, height: crop, width: crop).resized(
            height: side, width: side, filter: .bilinear)
        var labels = example.labels.cropped(y: y, x: x, height: crop, width: crop).resized(height: side, width: side)
        if random.uniform() < 0.5 { (image, labels) = (image.flippedHorizontally(), labels.flippedHorizontally()) }
        let gains = (0..<3).map { _ in 0.7 + 0.6 * random.uniform() }
        let shift = 40 * (random.uniform() - 0.5)
        for index in image.pixels.indices {
            let value = Float(image.pixels[index]) * gains[index % 3] + shift
            image.pixels[index] = UInt8(min(max(value, 0), 255))
        }
        return Example(id: example.id, image: image, labels: labels)
    }
}
