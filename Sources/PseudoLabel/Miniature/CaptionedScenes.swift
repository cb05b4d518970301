internal import Datasets
internal import SegModels
internal import TensorCore

/// The training pictures of a miniature: scenes of Shapes-5i's base classes with their labels, captioned by the names of what they show.
///
/// Names are a texture and a shape, so that captions of classes that were never seen are made of words that were.
struct CaptionedScenes: Sendable {
    /// A scene.
    struct Scene: Sendable {
        var image: RGBImage
        var labels: LabelMap
        /// The class that the scene was drawn for, and then those beside it that can be seen.
        var classIDs: [Int]
    }

    /// The scenes, in order of class and number.
    let scenes: [Scene]
    /// What they were drawn from.
    let identity: String

    /// Draws the scenes of the base classes of a fold.
    ///
    /// - Parameters:
    ///   - fold: the fold whose classes stay unseen.
    ///   - imagesPerClass: scenes of each base class.
    ///   - size: pixels along each side.
    ///   - framing: how close they are looked at.
    nonisolated(nonsending) init(fold: Int, imagesPerClass: Int, size: Int, framing: SceneFraming = SceneFraming()) async throws {
        let shapes = Shapes5i(imageSize: size * SceneFraming.oversampling, imagesPerClass: imagesPerClass)
        let ids = shapes.ids(split: .train, fold: fold)
        var scenes: [Scene] = []
        let drawn = PrefetchSequence(count: ids.count) { place in
            let rendering = shapes.render(ids[place])
            let own = ids[place].classID
            let window = framing.window(of: own, in: rendering.labels, place: place)
            let labels = rendering.labels.cropped(y: window.y, x: window.x, height: window.side, width: window.side)
                .resized(height: size, width: size)
            let image = rendering.image.cropped(y: window.y, x: window.x, height: window.side, width: window.side)
                .resized(height: size, width: size)
            let seen = Set(labels.values.map(Int.init))
            let others = rendering.classIDs.filter { $0 != own && seen.contains($0) }.sorted()
            return Scene(image: image, labels: labels, classIDs: [own] + others)
        }
        for try await scene in drawn { scenes.append(try scene.get()) }
        self.scenes = scenes
        let shares = "\(framing.leastShare) to \(framing.mostShare)"
        identity = "shapes-5i \(Shapes5i.version), base classes of fold \(fold), \(imagesPerClass) a class, \(size) px, \(shares)"
    }

    /// Words that captions may hold beside names.
    static let endings = ["", "", ", best quality, extremely detailed", ", in a dark place", ", in a bright place"]
    private static let openings = ["a photo of a", "a picture of a", "a"]

    /// Every word that has a token of its own.
    static var words: [String] {
        let fixed = (openings + endings).flatMap { $0.split { !$0.isLetter }.map(String.init) } + ["and", ","]
        let names = Shapes5i.Texture.allCases.map(\.rawValue) + Shapes5i.Shape.allCases.map(\.rawValue)
        return (fixed + names).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// A caption of a scene: its own class first, the others in half of the captions.
    func caption(of scene: Scene, _ random: inout TorchRandom) -> String {
        let names = scene.classIDs.map { Shapes5i.className($0) }
        let opening = Self.openings[random.integer(below: Self.openings.count)]
        let ending = Self.endings[random.integer(below: Self.endings.count)]
        let shown = random.integer(below: 2) == 0 ? [names[0]] : names
        return "\(opening) \(shown.joined(separator: " and a "))\(ending)"
    }
}
