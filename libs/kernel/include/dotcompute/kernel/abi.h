/* The binary interface between the objects that kernelc makes and the library that runs them.
 *
 * Plain C, so that any compiler lays it out alike. Every table begins with its own size; a reader takes the fields it
 * knows and a version it does not know is refused, never guessed. All strings are NUL-terminated UTF-8 and live as long
 * as the object that holds them is loaded. Nothing here is freed by the reader.
 *
 * kernelc embeds the text of this file: it must include nothing but <stdint.h>. */
#ifndef DOTCOMPUTE_KERNEL_ABI_H
#define DOTCOMPUTE_KERNEL_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DOTCOMPUTE_ABI_VERSION 3u

/* What a type is made of. */
enum dotcompute_type_kind { DOTCOMPUTE_TYPE_SCALAR = 1, DOTCOMPUTE_TYPE_STRUCT = 2, DOTCOMPUTE_TYPE_ARRAY = 3 };

/* The arithmetic types a kernel may use; the values are part of the ABI. */
enum dotcompute_scalar {
  DOTCOMPUTE_SCALAR_NONE = 0,
  DOTCOMPUTE_SCALAR_BOOL = 1,
  DOTCOMPUTE_SCALAR_INT8 = 2,
  DOTCOMPUTE_SCALAR_INT16 = 3,
  DOTCOMPUTE_SCALAR_INT32 = 4,
  DOTCOMPUTE_SCALAR_INT64 = 5,
  DOTCOMPUTE_SCALAR_UINT8 = 6,
  DOTCOMPUTE_SCALAR_UINT16 = 7,
  DOTCOMPUTE_SCALAR_UINT32 = 8,
  DOTCOMPUTE_SCALAR_UINT64 = 9,
  DOTCOMPUTE_SCALAR_FLOAT32 = 10,
  DOTCOMPUTE_SCALAR_FLOAT64 = 11
};

typedef struct dotcompute_type dotcompute_type;

/* A data member of a struct; `offset` is in bytes from the start of the struct. */
typedef struct dotcompute_field {
  const char* name;
  uint64_t offset;
  const dotcompute_type* type;
} dotcompute_field;

/* A type as it lies in memory; sizes and alignment are in bytes. */
struct dotcompute_type {
  uint32_t kind;   /* enum dotcompute_type_kind */
  uint32_t scalar; /* enum dotcompute_scalar; NONE unless kind is SCALAR */
  uint64_t size;
  uint64_t alignment;
  const char* name;               /* as C++ spells it: "float", "physics::Particle" */
  const dotcompute_field* fields; /* kind STRUCT */
  uint64_t field_count;
  const dotcompute_type* element; /* kind ARRAY */
  uint64_t element_count;
};

enum dotcompute_parameter_kind { DOTCOMPUTE_PARAMETER_VALUE = 1, DOTCOMPUTE_PARAMETER_SPAN = 2 };

/* One parameter of a kernel and its place in the argument block.
 * A value lies in the block as in a C struct; a span lies there as a dotcompute_span. */
typedef struct dotcompute_parameter {
  const char* name;
  uint32_t kind;               /* enum dotcompute_parameter_kind */
  uint32_t written;            /* 1 for a span whose elements are not const, else 0 */
  const dotcompute_type* type; /* of the value, or of the span's element */
  uint64_t offset;             /* in the argument block, bytes */
} dotcompute_parameter;

/* A span in the argument block; `size` counts elements. */
typedef struct dotcompute_span {
  void* data;
  uint64_t size;
} dotcompute_span;

/* The whole grid of a launch, in work-items; unused dimensions are 1. */
typedef struct dotcompute_grid {
  uint64_t size[3];
} dotcompute_grid;

/* The work-items that one call of an entry covers: begin <= id < end in each dimension. */
typedef struct dotcompute_box {
  uint64_t begin[3];
  uint64_t end[3];
} dotcompute_box;

/* A word of 64 bits for each item of the largest group there can be, which has 1024. */
#define DOTCOMPUTE_PUBLISHED_BYTES 8192u

/* What gives each item of a group a stack of its own, so that the reference can run the unmodified function. */
typedef struct dotcompute_fibers {
  void* context;
  /* Calls item(argument, i) for every i < count, each on a fiber of its own; they end together or wait together.
   * Returns 0, or 1 if they did neither: then the entry returns at once. */
  int (*run)(void* context, uint64_t count, void (*item)(void* argument, uint64_t index), void* argument);
  /* Called by an item: returns when every item of the group has called it. `line` is the barrier's. */
  void (*wait)(void* context, unsigned line);
} dotcompute_fibers;

/* How a kernel with group features (dotcompute_kernel.group_features) is launched: the entry's `grid` points to the
 * first member of one of these. The grid's sizes are rounded up to multiples of the group's, and so are the box's ends:
 * an entry runs whole groups only. `memory` is of the calling thread alone, aligned to 64 bytes, with unspecified
 * contents: for CPU code `shared_bytes` + `item_bytes` x the number of a group's items rounded up to a multiple of 64;
 * for the reference DOTCOMPUTE_PUBLISHED_BYTES, the words that its items publish, and `shared_bytes`. */
typedef struct dotcompute_group_grid {
  dotcompute_grid grid;
  uint64_t group[3]; /* the size of a group, in work-items */
  void* memory;
  const dotcompute_fibers* fibers; /* null but for the reference */
} dotcompute_group_grid;

/* What a kernel uses of its group; bits of dotcompute_kernel.group_features. */
enum dotcompute_group_feature {
  DOTCOMPUTE_GROUP_IDS = 1,     /* local and group ids, the sizes of groups */
  DOTCOMPUTE_GROUP_BARRIER = 2, /* waits for the group */
  DOTCOMPUTE_GROUP_SHARED = 4   /* arrays of the group */
};

/* What a kernel does with atomic operations; bits of dotcompute_kernel.atomic_use. */
enum dotcompute_atomic_use {
  DOTCOMPUTE_ATOMIC_ANY = 1, /* has some */
  /* What it leaves in memory may depend on the order in which the items come, though the kernel may be written so that
   * it does not: it adds floating-point numbers, exchanges, loads or stores, or uses the value that one of the others
   * returns. Without this bit it does not depend on it, but for the sign of a zero among floating-point extremes. */
  DOTCOMPUTE_ATOMIC_ORDER = 2
};

/* What a checked kernel looks at; `a`, `b` and `c` are the values that a fault leaves. */
enum dotcompute_check_kind {
  DOTCOMPUTE_CHECK_ASSERTION = 1, /* the condition `subject` */
  DOTCOMPUTE_CHECK_INDEX = 2,     /* a, of `subject`, which has b elements */
  DOTCOMPUTE_CHECK_PART = 3,      /* a elements from b on, of `subject`, which has c */
  DOTCOMPUTE_CHECK_SHIFT = 4,     /* by a, of a number of b bits */
  DOTCOMPUTE_CHECK_DIVISION = 5,  /* a / b */
  DOTCOMPUTE_CHECK_REMAINDER = 6, /* a % b */
  DOTCOMPUTE_CHECK_CONVERSION = 7 /* of the number whose bits are a to the type `subject` */
};

/* One of them, where it is written. */
typedef struct dotcompute_check {
  uint32_t kind;   /* enum dotcompute_check_kind */
  uint32_t scalar; /* enum dotcompute_scalar: of the values, but for counts */
  uint32_t line;
  uint32_t column;
  const char* file;
  const char* subject; /* what C++ calls it, in quotation marks, or "the span"; of an assertion the condition */
} dotcompute_check;

/* The words of 32 bits in which a checked kernel leaves its first fault; all zero before the launch. What has 64 bits
 * takes two words, the lower half first. */
enum dotcompute_fault_word {
  DOTCOMPUTE_FAULT_CLAIM = 0, /* 1 if there is one */
  DOTCOMPUTE_FAULT_CHECK = 1, /* its index in dotcompute_kernel.checks */
  DOTCOMPUTE_FAULT_ITEM = 2,  /* where in the grid: x, y, z */
  DOTCOMPUTE_FAULT_VALUES = 8 /* a, b, c */
};
#define DOTCOMPUTE_FAULT_WORDS 14u

/* Runs every work-item of the box, in any order. Items of different boxes may run at once. */
typedef void (*dotcompute_entry)(const void* arguments, const dotcompute_grid* grid, const dotcompute_box* items);

/* Instruction sets the CPU code is made for; a higher value of the same family includes the lower ones. */
enum dotcompute_isa {
  DOTCOMPUTE_ISA_X86_64_V2 = 2,
  DOTCOMPUTE_ISA_X86_64_V3 = 3,
  DOTCOMPUTE_ISA_X86_64_V4 = 4,
  DOTCOMPUTE_ISA_AARCH64 = 16
};

typedef struct dotcompute_cpu_code {
  uint32_t isa;        /* enum dotcompute_isa */
  uint32_t lane_width; /* work-items per vector; 1 where LLVM's loop vectoriser chooses */
  dotcompute_entry entry;
} dotcompute_cpu_code;

/* Operations of one work-item as written, counted once per textual place; a loop body counts `loop_weight` times when
 * its trip count is not a constant. An estimate for scheduling, never a promise. */
typedef struct dotcompute_cost {
  uint32_t arithmetic;
  uint32_t math_calls;
  uint32_t loads;
  uint32_t stores;
} dotcompute_cost;

/* The languages that a device's own compiler takes. */
enum dotcompute_language {
  DOTCOMPUTE_LANGUAGE_CUDA_C = 1,
  DOTCOMPUTE_LANGUAGE_OPENCL_C = 2,
  DOTCOMPUTE_LANGUAGE_MSL = 3,
  DOTCOMPUTE_LANGUAGE_PTX = 4
};

/* What a source needs of the device, and how its entry is called; bits of dotcompute_source.features. */
enum dotcompute_feature {
  DOTCOMPUTE_FEATURE_FP64 = 1, /* double */
  /* The entry is the user's own: it takes exactly the declared parameters in their order, a span as a pointer to its
   * first element and nothing else. Without this bit it follows the convention below. */
  DOTCOMPUTE_FEATURE_RAW = 2,
  DOTCOMPUTE_FEATURE_INT64_ATOMICS = 4, /* atomic operations on 64 bits, cl_khr_int64_base_atomics in OpenCL */
  /* May be built with contraction and fast math (DOTCOMPUTE_KERNEL_FAST); NaNs and infinities stay what they are. */
  DOTCOMPUTE_FEATURE_FAST_MATH = 8
};

/* A kernel in the language of a device's compiler. The text is complete: it includes nothing.
 *
 * The entry takes, for each parameter in order: a value as it is; a span as a pointer, its size in elements and, in
 * OpenCL C, the bytes between the pointer and its first element. Then, for each of the kernel's dimensions, the grid's
 * size, and for each the first index of this launch, which may cover a slice of the grid. All these numbers have 64
 * bits, or 32 where the text is compiled with DOTCOMPUTE_NARROW defined as 1, which is right where all of them, and the
 * grid in whole groups, are below 2^32. Items beyond the grid return at once, so that groups may be of any size. */
typedef struct dotcompute_source {
  uint32_t language;   /* enum dotcompute_language */
  uint32_t features;   /* of enum dotcompute_feature */
  const char* text;    /* null if the kernel cannot be written in the language */
  const char* entry;   /* the function's name; null with the text */
  const char* refusal; /* why there is no text, in a sentence; null if there is */
} dotcompute_source;

/* What its author allows of a kernel; bits of dotcompute_kernel.flags. */
enum dotcompute_kernel_flag {
  /* DOTCOMPUTE_KERNEL_FAST: arithmetic may be contracted, reordered and approximated, but for the reference's. */
  DOTCOMPUTE_KERNEL_FLAG_FAST = 1,
  /* It says what goes wrong in it. CPU code and texts take one more parameter behind the declared ones, described by
   * parameters[parameter_count]: a written span of DOTCOMPUTE_FAULT_WORDS words. The reference does not take it, and
   * `block_size` does not count it. */
  DOTCOMPUTE_KERNEL_FLAG_CHECKED = 2
};

typedef struct dotcompute_kernel {
  uint32_t struct_size;
  uint32_t dimensions;      /* 1, 2 or 3: one more than the highest index dimension the kernel uses */
  const char* name;         /* as C++ spells it: "demo::saxpy", "sorting::merge<double, true>" */
  const char* mangled_name; /* of the function in the user's program */
  void (*function)(void);   /* the user's own compilation of it; null for a kernel that arrived at run time */
  const char* source_file;
  uint32_t source_line;
  uint32_t parameter_count;
  const dotcompute_parameter* parameters;
  uint64_t block_size;      /* of the argument block, bytes */
  uint64_t block_alignment; /* bytes */
  const char* content_hash; /* SHA-256 of the kernel's meaning, 64 hex digits: equal hash, equal kernel */
  dotcompute_entry reference;
  const dotcompute_cpu_code* cpu; /* ascending by isa */
  uint64_t cpu_count;
  dotcompute_cost cost;
  const dotcompute_source* sources; /* at most one of each language */
  uint64_t source_count;
  uint32_t group_features;        /* of enum dotcompute_group_feature; 0: the grid is exactly what was asked for */
  uint32_t fixed_group[3];        /* the size of groups that the kernel insists on; zeros: any */
  uint64_t shared_bytes;          /* of one group's shared arrays, each rounded up to 64 */
  uint64_t item_bytes;            /* of the variables that CPU code keeps for each item, across barriers and rounds */
  uint32_t atomic_use;            /* of enum dotcompute_atomic_use */
  uint32_t flags;                 /* of enum dotcompute_kernel_flag */
  const dotcompute_check* checks; /* of a checked kernel; else null */
  uint64_t check_count;
} dotcompute_kernel;

/* All kernels of one source file. `slot` belongs to the registry while the unit is registered. */
typedef struct dotcompute_unit {
  uint32_t struct_size;
  uint32_t abi_version; /* DOTCOMPUTE_ABI_VERSION of the kernelc that made it */
  const char* kernelc_version;
  const char* source_file;
  const dotcompute_kernel* kernels;
  uint64_t kernel_count;
  void* slot;
} dotcompute_unit;

/* Called by generated objects when they are loaded and before they are unloaded. Thread-safe; never throw. A unit that
 * cannot be taken (unknown version, size) is kept as a rejection with its reason, which look-ups report. */
void dotcompute_register_unit(dotcompute_unit* unit);
void dotcompute_unregister_unit(dotcompute_unit* unit);

#ifdef __cplusplus
}
#endif

#endif
