#include "commands.hpp"

int main(int argc, char** argv) { return dotcompute::tool::run_command_line(argc, argv); }
