// Files of images as MNIST and CIFAR-10 have them, made small, and their
// reading.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "runtime/data/dataset.h"
#include "test/unit/temporary_folder.h"

#define CHECK_FAILS(expression, text) \
  CHECK_THROWS_WITH(expression, Catch::Matchers::Contains(text))

namespace nc::test {

// An IDX file of bytes.
std::string idx(const std::vector<uint32_t>& shape, const std::string& values);

// 0, 1, ... classes - 1, 0, ...
std::string numbered(size_t count, int classes = 256);

std::string gzipped(const TemporaryFolder& folder, const std::string& bytes);

// Four images of 2 x 3 for testing, twenty for training.
void write_mnist(const TemporaryFolder& folder);

// One image for testing, two in each file for training.
void write_cifar10(const TemporaryFolder& folder, const std::string& inner);

Dataset load(const std::string& spec, Split split = Split::test);

}  // namespace nc::test
