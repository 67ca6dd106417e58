int something_of_its_own() { return 1; }
