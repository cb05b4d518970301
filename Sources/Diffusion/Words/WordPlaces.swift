internal import Datasets
internal import SegModels
internal import TensorCore

/// What words are learned from: features of places in pictures, and the thing that each place shows.
///
/// The backbone is frozen and the head looks at one place at a time, so that features are computed once and a step draws rows.
struct WordPlaces {
    /// Of a picture, at most so many places of a thing, and of the ground.
    static let perThing = 24

    /// `[P, sum of channels]`, float32.
    let features: Tensor
    /// The things that are shown.
    let things: [Shapes5i.Composition]
    /// The rows of the ground, then of each thing.
    private let rows: [[Int]]
    /// The places in ``rows`` of things that have some.
    private let shown: [Int]

    /// Draws scenes of classes and looks at them.
    ///
    /// - Parameters:
    ///   - backbone: turns photos into features.
    ///   - classIDs: base classes; others in their scenes are passed over.
    ///   - fold: the fold of whose training split the scenes are.
    ///   - imagesPerClass: scenes of each class.
    ///   - size: pixels along each side.
    ///   - seed: drives which places are kept.
    nonisolated(nonsending) init(
        _ backbone: any Backbone, of classIDs: [Int], fold: Int, imagesPerClass: Int, size: Int, seed: UInt64,
        observe: RunObserver
    ) async throws {
        let shapes = Shapes5i(imageSize: size, imagesPerClass: imagesPerClass)
        let ids = shapes.ids(split: .train, fold: fold).filter { classIDs.contains($0.classID) }
        var random = TorchRandom(seed: seed)
        var (kept, rows, count) = ([Tensor](), [[Int]](repeating: [], count: classIDs.count + 1), 0)
        let clock = RunClock("features of places", total: ids.count)
        let scenes = PrefetchSequence(count: ids.count) { shapes.render(ids[$0]) }
        for try await drawn in scenes {
            observe(.progress(clock.progress(drawn.position + 1)))
            let scene = try drawn.get()
            let map = withoutGradients { WordModel.joined(backbone.features(scene.image.tensor())) }
            let places = Self.places(
                of: scene.labels, height: map.shape[1], width: map.shape[2], among: classIDs, &random)
            let all = map.reshaped(to: [map.shape[1] * map.shape[2], map.shape[3]])
            let chosen = places.flatMap(\.places).map { Int64($0) }
            kept.append(all.gathered(at: Tensor(chosen, shape: [chosen.count], beside: all)))
            for item in places {
                rows[item.label] += count..<(count + item.places.count)
                count += item.places.count
            }
        }
        features = .concatenated(kept, axis: 0)
        (things, self.rows) = (classIDs.map { Shapes5i.compositions[$0 - 1] }, rows)
        shown = rows.indices.dropFirst().filter { !rows[$0].isEmpty }
    }

    /// The places of a grid by the thing in their middle, a few of each, drawn evenly.
    private static func places(
        of scene: LabelMap, height: Int, width: Int, among classIDs: [Int], _ random: inout TorchRandom
    ) -> [(label: Int, places: [Int])] {
        var found: [Int: [Int]] = [:]
        for place in 0..<(height * width) {
            let (row, column) = (place / width, place % width)
            let y = (2 * row + 1) * scene.height / (2 * height)
            let x = (2 * column + 1) * scene.width / (2 * width)
            let value = Int(scene.values[y * scene.width + x])
            if value == 0 { found[0, default: []].append(place) }
            if let thing = classIDs.firstIndex(of: value) { found[thing + 1, default: []].append(place) }
        }
        return found.keys.sorted().map { label in
            var rest = found[label] ?? []
            let few = (0..<min(perThing, rest.count)).map { _ in rest.remove(at: random.integer(below: rest.count)) }
            return (label, few)
        }
    }

    /// Rows of a batch with what they show, nil for the ground: half of the ground, the rest of all things alike.
    ///
    /// - Parameter first: where these rows begin in a batch that is cut into shards.
    func batch(_ size: Int, from first: Int = 0, _ random: inout TorchRandom) -> (
        features: Tensor, things: [Shapes5i.Composition?]
    ) {
        let drawn = (0..<size).map { index -> (Int64, Shapes5i.Composition?) in
            let label = (first + index) % 2 == 0 || shown.isEmpty ? 0 : shown[random.integer(below: shown.count)]
            let own = rows[label]
            return (Int64(own[random.integer(below: own.count)]), label == 0 ? nil : things[label - 1])
        }
        let places = Tensor(drawn.map(\.0), shape: [size], beside: features)
        return (features.gathered(at: places), drawn.map(\.1))
    }
}
