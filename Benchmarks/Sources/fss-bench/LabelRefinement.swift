internal import Datasets
internal import PseudoLabel
internal import TensorCore

/// APF, APR and SABR with the guided filter on the labels of one photo of a megapixel.
struct LabelRefinement: Workload {
    private let labels: ClassMap
    private let features: Tensor
    private let prototypes: ClassPrototypes
    private let photo: RGBImage

    init(_ inputs: Inputs) throws {
        let (map, pixels) = (try inputs.tensor("labels"), try inputs.tensor("photo"))
        let (height, width) = (map.shape[0], map.shape[1])
        labels = ClassMap(height: height, width: width, values: map.integers.map { Int32($0) })
        features = try inputs.tensor("features").expanded(at: 0)
        photo = RGBImage(height: height, width: width, pixels: pixels.bytes)
        // A support of one pixel a class has its mean.
        let means = try inputs.tensor("means")
        let count = means.shape[0]
        var prototypes = ClassPrototypes()
        prototypes.add(
            means.reshaped(to: [1, 1, count, means.shape[1]]),
            ClassMap(height: 1, width: count, values: (1...Int32(count)).map { $0 }))
        self.prototypes = prototypes
    }

    func outputs() throws -> StateDict {
        let (filtered, relabelled, refined) = try enhanced()
        func tensor(_ map: ClassMap) -> Tensor { Tensor(map.values.map { Float($0) }, shape: [map.height, map.width]) }
        return results([
            "filtered": tensor(filtered), "relabelled": tensor(relabelled), "refined": tensor(refined),
        ])
    }

    func run() throws { _ = try enhanced() }

    private func enhanced() throws -> (ClassMap, ClassMap, ClassMap) {
        let result = PseudoLabelEnhancement()(labels, features, prototypes, candidates: Set(prototypes.classIDs))
        let refined = try BoundaryRefinement()(result.relabelled, in: photo, by: GuidedFilterRefiner())
        return (result.filtered, result.relabelled, refined.labels)
    }
}
