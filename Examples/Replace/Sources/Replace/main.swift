import Datasets
import Diffusion
import Foundation
import SegModels
import TensorCore

// A registered family is found wherever the library reads a description: beside weights, in their metadata, in the command.
BackboneFamilies.register(PlainNetwork.self)
let text = """
    {"name": "mine", "network": {"family": "plain", "width": 8},
     "preprocessing": {"channelOrder": "rgb", "scale": 0.00392, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}
    """
let description = try BackboneDescription(json: Data(text.utf8), source: "mine.json")
let backbone = try description.makeBackbone()
backbone.freeze()

// Every other part is a value that the model takes.
var parts = DiffUpParts(priors: [
    BAFT.Prior(name: "distance", NegativeDistance()),
    BAFT.Prior(name: "distance, spread", NegativeDistance(), isEnhanced: true),
])
parts.fusion = Extremes()
parts.information = [EdgeInformation(), Brightness()]
parts.sampler = OneStep()
parts.imageSize = 128
let denoiser = Reader(channels: parts.layout.count, levels: backbone.levels.count)
denoiser.freeze()
let model = try DiffUp(backbone: backbone, denoiser: denoiser, parts: parts)

let dataset = Shapes5iDataset(Shapes5i(imageSize: 96, imagesPerClass: 2), split: .validation, fold: 0)
let references = try EpisodeSampler(.vocUniform).episodes(from: dataset.items, shots: 1, count: 2)
for reference in references {
    let loaded = try EpisodeLoader(dataset: dataset).load(reference)
    let explanation = try model.explain(loaded.episode)
    let mask = try model.segment(loaded.episode).mask()
    print("\(loaded.episode.className): \(explanation.steps.count) step, \(mask.area) of \(mask.values.count) pixels")
}
print("channels: \(parts.layout.channels)")

// So are those of Syn4Seg.
try await learnFromAName(behind: description)
