internal import Datasets
internal import Foundation
internal import TensorCore

/// How diverse the prompts and the images of a kind are (HDIG's claim): lower cosines with the nearest neighbour are more diverse.
public struct Syn4SegDiversity: Codable, Hashable, Sendable {
    /// The kind.
    public var images: Syn4SegVariant.Images
    /// The mean cosine of each prompt with the one nearest to it, over classes; nil for one prompt a class.
    public var prompts: Double?
    /// The mean cosine of held-out candidates with the prompt nearest to each: higher covers more.
    public var coverage: Double?
    /// The mean cosine of each image with the one nearest to it, in the mean features of the network of base classes.
    public var nearestImage: Double?

    init(_ work: SynthesisFolder, _ kind: Syn4SegVariant.Images, _ network: GFSSNetwork) throws {
        images = kind
        let reports = try RunJSON.read(
            [PromptStage.ClassReport].self, from: work.file("prompts/diversity.json"),
            expected: "what `fss synth prompts` measured",
            advice: "run it again")
        func mean(_ values: [Double]) -> Double? { MeanInterval(values)?.mean }
        prompts = mean(reports.compactMap(\.diversity.bank.nearestNeighbour?.mean))
        coverage = mean(reports.compactMap(\.diversity.bank.coverage))
        var embeddings: [Int: [[Float]]] = [:]
        for image in try work.images() {
            let photo = try ImageFile.load(work.place(of: image))
            let direction = withoutGradients { network.features(of: photo).mean(axes: [0, 1, 2]).normalized(axis: 0) }
            embeddings[image.item.id, default: []].append(direction.scalars)
        }
        let nearest = embeddings.sorted { $0.key < $1.key }.map { DiversityReport.nearestNeighbours($0.value) }
        nearestImage = mean(nearest.compactMap(mean))
    }
}
