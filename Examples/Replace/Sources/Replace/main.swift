import Foundation
import SegModels
import TensorCore

// A registered family is found wherever the library reads a description: beside weights, in their metadata, in the command.
BackboneFamilies.register(PlainNetwork.self)
let text = """
    {"name": "mine", "network": {"family": "plain", "width": 8},
     "preprocessing": {"channelOrder": "rgb", "scale": 0.00392, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}
    """
let backbone = try BackboneDescription(json: Data(text.utf8), source: "mine.json").makeBackbone()
backbone.freeze()
var random = TorchRandom(seed: 1)
let photo = random.uniform(shape: [1, 96, 128, 3], in: 0...255)
for (level, map) in zip(backbone.levels, backbone.features(photo)) {
    print("\(level.tap): stride \(level.stride), \(map.shape)")
}
