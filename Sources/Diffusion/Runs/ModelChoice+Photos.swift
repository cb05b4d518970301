internal import Foundation
public import SegModels

extension ModelChoice {
    /// Downloads behind which the decoder for photos is at its best, best first. Others of the cache follow.
    private static let preferred = ["densenet169-torchvision", "resnet50-torchvision", "mobilenet_v2-torchvision"]

    /// What a machine has for photos: their decoder behind a backbone that `fss weights download` fetched; nil where there is none.
    public static func forPhotos(in cache: WeightsCache = .standard()) -> ModelChoice? {
        let known = Set(Backbones.names)
        let usable = PublishedWeights.all.filter { known.contains($0.backbone) }
        let order = preferred.compactMap { name in usable.first { $0.name == name } } + usable
        guard ShippedModels.photoDecoder != nil, let found = order.first(where: cache.holds) else { return nil }
        return .photos(backbone: BackboneChoice(name: found.backbone, weights: cache.place(of: found).path))
    }

    /// What whoever segments photos with the model of drawn shapes should know.
    public static var shapesRemarks: [String] {
        let name = preferred[0]
        let size = PublishedWeights.named(name)?.mebibytes.map { " (\(Int($0.rounded(.up))) MiB)" } ?? ""
        return [
            "no backbone for photos is there: the model that comes along knows drawn shapes and is for the demo",
            "for photos: `fss weights download \(name)`\(size) and this command again, or --backbone with weights of your own",
        ]
    }
}
