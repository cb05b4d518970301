internal import Foundation
public import SegModels

extension ModelChoice {
    /// Downloads whose networks scored best behind the decoder for photos, with other weights (Docs/Results.md), best first. Others of the
    /// cache follow.
    private static let preferred = ["densenet169-torchvision", "mobilenet_v2-torchvision", "resnet50-torchvision"]

    /// The best that a machine has for photos: their decoder behind a backbone that `fss weights download` fetched, else the model of drawn
    /// shapes, with what whoever segments photos with it should know.
    public static func forPhotos(in cache: WeightsCache = .standard()) -> (model: ModelChoice, remarks: [String]) {
        let order = preferred.compactMap { PublishedWeights.named($0) } + PublishedWeights.all
        guard ShippedModels.photoDecoder != nil, let found = order.first(where: cache.holds) else {
            return (.shipped, shapesRemarks)
        }
        return (.photos(backbone: BackboneChoice(name: found.backbone, weights: cache.place(of: found).path)), [])
    }

    private static var shapesRemarks: [String] {
        let name = preferred[0]
        let size = PublishedWeights.named(name)?.mebibytes.map { " (\(Int($0.rounded(.up))) MiB)" } ?? ""
        return [
            "no backbone for photos is there: the model that comes along knows drawn shapes and is for the demo",
            "for photos: `fss weights download \(name)`\(size) and this command again, or --backbone with weights of your own",
        ]
    }
}
