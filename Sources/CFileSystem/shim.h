#pragma once
// A call of Linux that is not part of Swift's Glibc module.
int syncfs(int descriptor);
