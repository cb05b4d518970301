internal import Datasets
internal import TensorCore

/// What a ControlNet is shown of a scene: where its own class is, in each of the ways in which DifFSS draws a support's annotation, so that
/// one network reads them all.
enum SceneHints {
    /// One of the ways, drawn at random.
    @Sendable static func picture(_ scene: CaptionedScenes.Scene, _ random: inout TorchRandom) throws -> RGBImage {
        let kind = ControlKind.allCases[random.integer(below: ControlKind.allCases.count)]
        let (height, width) = (scene.image.height, scene.image.width)
        let id = UInt8(scene.classIDs[0])
        let mask = BinaryMask(height: height, width: width, values: scene.labels.values.map { $0 == id })
        let condition = ControlCondition(kind, side: min(height, width))
        return try condition.picture(of: scene.image, mask: mask, className: Shapes5i.className(scene.classIDs[0]))
    }
}
