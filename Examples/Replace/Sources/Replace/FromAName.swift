import Datasets
import Foundation
import PseudoLabel
import SegModels
import TensorCore

/// Syn4Seg's way, from the name of a class to a network that knows it, with every part replaced.
func learnFromAName(behind description: BackboneDescription) async throws {
    let amber = FewShotClass(id: 1, name: "amber square")
    var numbers = PromptBankBuilder.Settings()
    (numbers.count, numbers.lambda) = (5, 0.99)
    let builder = PromptBankBuilder(Letters(), settings: numbers)
    var (bank, moods) = (builder.bank(className: amber.name), Moods())
    let ending = try await builder.fill(&bank, from: &moods)
    print("prompts: \(bank.entries.count) accepted, \(bank.refusals.count) refused, the bank is \(ending)")

    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("replace-\(UUID().uuidString)")
    let images = try await ImageSynthesis(Squares(), cache: GenerationCache(folder), imagesPerPrompt: 2).run(bank).images
    print("images: \(images.count) \(Squares().identity)")

    let shown = ImageRequest(prompt: "", className: amber.name, seed: 5, index: 0)
    let support = PhotoSample(id: "support", image: Squares().generate(shown), labels: Squares().truth(of: shown))
    var settings = PseudoLabelSettings()
    (settings.refinement.bandWidth, settings.refinement.referenceSide) = (8, 64)
    let labelling = try PseudoLabelling(
        BrightBlocks(), features: Colours(), supports: [support], novel: [amber], refiner: Amber(), settings: settings)
    var quality: [PseudoLabelStage: PseudoLabelQuality] = [:]
    var samples: [PhotoSample] = []
    for image in images {
        let photo = try ImageFile.load(URL(fileURLWithPath: image.file))
        let labels = try labelling(photo, madeFor: amber.id)
        for stage in PseudoLabelStage.allCases {
            let truth = Squares().truth(of: image.request)
            if let truth { try quality[stage, default: PseudoLabelQuality()].add(labels[stage], truth: truth, classID: amber.id) }
        }
        samples.append(PhotoSample(id: image.file, image: photo, labels: labels[.refined]))
    }
    try FileManager.default.removeItem(at: folder)
    for stage in PseudoLabelStage.allCases { print("labels, \(stage.rawValue): IoU \(percent(quality[stage]?.iou))") }

    var configuration = GFSSNetwork.Configuration(backbone: description.forDenseLabels, classes: [amber])
    (configuration.head.width, configuration.head.auxiliaryWeight, configuration.side) = (32, 0, 64)
    let network = try GFSSNetwork(configuration, ParameterScope(seed: 3))
    var training = GFSSTraining()
    (training.steps, training.batchSize, training.augmentation.side) = (60, 4, 64)
    try await training.engine(network, on: [GFSSExamples(samples)]).run()
    var learned = PseudoLabelQuality()
    if let truth = support.labels { try learned.add(network.segment(support.image).map, truth: truth, classID: amber.id) }
    print("the network behind \(description.name): IoU \(percent(learned.iou)) on the support")
}

private func percent(_ share: Double?) -> String { share.map { "\(Int(($0 * 100).rounded())) %" } ?? "-" }
