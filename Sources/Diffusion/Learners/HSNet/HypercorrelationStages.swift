internal import SegModels
internal import TensorCore

/// Which of a backbone's maps make which of the three stages of a hypercorrelation pyramid, and how each is squeezed.
struct HypercorrelationStages {
    /// One stage.
    struct Stage: Equatable {
        /// Places of its maps among the levels, shallow to deep.
        var levels: Range<Int>
        /// Kernel sides of the three squeezing layers.
        var kernels: [Int]
        /// Strides over the support of the three squeezing layers.
        var strides: [Int]
    }

    /// Deep to shallow.
    let stages: [Stage]

    /// Sorts maps by layer, by resolution where names do not tell, and takes three maps as three stages.
    ///
    /// The published strides take all supports to the same grid: a stage of stride 32, 16 or 8 pixels is squeezed 8, 16 or 32 times. Any
    /// other backbone is squeezed by the same rule.
    init(_ levels: [FeatureLevel]) throws(FewShotError) {
        let byLayer = Self.runs(levels.map { String($0.tap.prefix { $0 != "." }) })
        let byStride = Self.runs(levels.map(\.stride))
        let single = levels.indices.map { $0..<($0 + 1) }
        let found = [byLayer, byStride, single].first { runs in
            runs.count == 3 && runs.allSatisfy { run in Set(levels[run].map(\.stride)).count == 1 }
        }
        guard let found else {
            throw .levels(
                architecture: HSNetConfiguration.title, found: levels.text,
                expected: "three maps, or maps of three layers or three strides, shallow to deep")
        }
        stages = found.reversed().map { run in
            let (kernels, strides) = Self.squeeze(stride: levels[run.lowerBound].stride)
            return Stage(levels: run, kernels: kernels, strides: strides)
        }
    }

    /// Neighbours that are equal.
    private static func runs(_ keys: [some Equatable]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for (place, key) in keys.enumerated() {
            if let last = runs.last, keys[last.lowerBound] == key {
                runs[runs.count - 1] = last.lowerBound..<(place + 1)
            } else {
                runs.append(place..<(place + 1))
            }
        }
        return runs
    }

    /// Kernels and strides for maps of a stride in pixels.
    private static func squeeze(stride: Int) -> (kernels: [Int], strides: [Int]) {
        switch stride {
        case 24...: ([3, 3, 3], [2, 2, 2])
        case 12..<24: ([5, 3, 3], [4, 2, 2])
        case 6..<12: ([5, 5, 3], [4, 4, 2])
        default: ([5, 5, 5], [4, 4, 4])
        }
    }
}
